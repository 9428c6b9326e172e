//! Commits and their files, under the ids that git itself would give them.
//!
//! Because the ids are real, a repository of the world can be written out at any moment ([`materialize`]) and fetched by the
//! real `git` under the very shas that the REST routes and the webhooks speak of. Nothing about pull requests or HTTP is here.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::ops::Deref;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::sha1::hex_digest;

/// The id of a git object, 40 hexadecimal digits.
pub type Sha = String;

/// The files of a commit by path; directories are implied.
pub type Tree = BTreeMap<String, File>;

/// A file at a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its bytes; of a link, the path that it leads to.
    pub content: Arc<[u8]>,
    /// What git makes of it.
    pub mode: Mode,
}

/// What git makes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A file like any other.
    Plain,
    /// One that can be run.
    Program,
    /// A symbolic link.
    Link,
}

impl Mode {
    /// Git's number for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "100644",
            Self::Program => "100755",
            Self::Link => "120000",
        }
    }

    /// Reads git's number.
    pub(super) fn parse(number: &str) -> Option<Self> {
        [Self::Plain, Self::Program, Self::Link].into_iter().find(|mode| mode.as_str() == number)
    }
}

impl Deref for File {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.content
    }
}

/// One step of a repository's history.
#[derive(Debug, Clone)]
pub struct Commit {
    /// Its id.
    pub sha: Sha,
    /// The id of its root directory.
    pub tree_sha: Sha,
    /// Its files.
    pub files: Tree,
    /// None for a first commit, two for a merge.
    pub parents: Vec<Sha>,
    /// The account that made it.
    pub author: String,
    /// What the author says about it.
    pub message: String,
    /// When it was made.
    pub at: DateTime<Utc>,
    /// The network of repositories that the commit can be reached in.
    pub network: String,
}

impl Commit {
    /// A commit with its ids worked out.
    pub(super) fn new(
        network: &str,
        author: &str,
        message: &str,
        parents: Vec<Sha>,
        files: Tree,
        at: DateTime<Utc>,
    ) -> Self {
        let tree_sha = tree_sha(&files);
        let mut text = format!("tree {tree_sha}\n");
        for parent in &parents {
            _ = writeln!(text, "parent {parent}");
        }
        let person = person(author, at);
        _ = write!(text, "author {person}\ncommitter {person}\n\n{message}");
        Self {
            sha: object_id("commit", text.as_bytes()),
            tree_sha,
            files,
            parents,
            author: author.to_owned(),
            message: message.to_owned(),
            at,
            network: network.to_owned(),
        }
    }
}

/// How a commit names who made it and when.
fn person(login: &str, at: DateTime<Utc>) -> String {
    format!("{login} <{login}@users.noreply.github.com> {} +0000", at.timestamp())
}

/// The id of an object of a kind.
fn object_id(kind: &str, content: &[u8]) -> Sha {
    let mut object = format!("{kind} {}\0", content.len()).into_bytes();
    object.extend_from_slice(content);
    hex_digest(&object)
}

/// The id of a file's content.
pub(super) fn blob_sha(content: &[u8]) -> Sha {
    object_id("blob", content)
}

/// The id of a directory with these files.
pub(super) fn tree_sha(files: &Tree) -> Sha {
    let mut entries: BTreeMap<String, (&str, Sha)> = BTreeMap::new();
    let mut directories: BTreeMap<&str, Tree> = BTreeMap::new();
    for (path, content) in files {
        match path.split_once('/') {
            None => {
                entries.insert(path.clone(), (content.mode.as_str(), blob_sha(content)));
            }
            Some((directory, rest)) => {
                directories.entry(directory).or_default().insert(rest.to_owned(), content.clone());
            }
        }
    }
    for (name, files) in directories {
        // Git sorts a directory as if its name ended with a slash.
        entries.insert(format!("{name}/"), ("40000", tree_sha(&files)));
    }
    let mut content = Vec::new();
    for (name, (mode, sha)) in entries {
        content.extend_from_slice(format!("{mode} {}\0", name.trim_end_matches('/')).as_bytes());
        content
            .extend(sha.as_bytes().chunks_exact(2).map(|pair| hex_value(pair[0]) << 4 | hex_value(pair[1])));
    }
    object_id("tree", &content)
}

fn hex_value(digit: u8) -> u8 {
    if digit.is_ascii_digit() { digit - b'0' } else { digit - b'a' + 10 }
}

/// Writes commits and references into the bare repository `directory`, which is made if absent.
///
/// The commits must stand in an order where parents come first. References that are not named are removed. Fetching any reachable
/// commit by its sha is allowed, as on GitHub. Errors are those of the file system and of the `git` command.
pub(super) fn materialize(
    directory: &Path,
    commits: &[&Commit],
    references: &BTreeMap<String, Sha>,
    head: &str,
) -> io::Result<()> {
    std::fs::create_dir_all(directory)?;
    if !directory.join("HEAD").exists() {
        git(directory, &["init", "--quiet", "--bare"], None)?;
        git(directory, &["config", "uploadpack.allowReachableSHA1InWant", "true"], None)?;
    }
    let mut stream = Vec::new();
    let mut marks: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, commit) in commits.iter().enumerate() {
        let mark = index + 1;
        write_commit(&mut stream, commit, mark, &marks)?;
        marks.insert(&commit.sha, mark);
    }
    for (name, sha) in references {
        if let Some(mark) = marks.get(sha.as_str()) {
            write!(stream, "reset {name}\nfrom :{mark}\n\n")?;
        }
    }
    // The commits are imported on a reference of their own, so that one which no branch names any more is written too.
    stream.extend_from_slice(b"done\n");
    git(directory, &["fast-import", "--quiet", "--force", "--done", "--date-format=raw"], Some(&stream))?;

    let present = git(directory, &["for-each-ref", "--format=%(refname)"], None)?;
    let stale = present.lines().filter(|name| !references.contains_key(*name) && !name.starts_with(ARCHIVE));
    let removals = stale.fold(String::new(), |all, name| all + "delete " + name + "\n");
    git(directory, &["update-ref", "--stdin"], Some(removals.as_bytes()))?;
    git(directory, &["symbolic-ref", "HEAD", &format!("refs/heads/{head}")], None)?;
    Ok(())
}

/// Where commits are kept that nothing else may point to.
const ARCHIVE: &str = "refs/world/";

fn write_commit(
    stream: &mut Vec<u8>,
    commit: &Commit,
    mark: usize,
    marks: &BTreeMap<&str, usize>,
) -> io::Result<()> {
    let person = person(&commit.author, commit.at);
    write!(stream, "reset {ARCHIVE}{0}\n\ncommit {ARCHIVE}{0}\nmark :{mark}\n", commit.sha)?;
    write!(stream, "author {person}\ncommitter {person}\n")?;
    write!(stream, "data {}\n{}\n", commit.message.len(), commit.message)?;
    for (index, parent) in commit.parents.iter().enumerate() {
        let word = if index == 0 { "from" } else { "merge" };
        let mark =
            marks.get(parent.as_str()).ok_or_else(|| io::Error::other(format!("no parent {parent}")))?;
        writeln!(stream, "{word} :{mark}")?;
    }
    stream.extend_from_slice(b"deleteall\n");
    for (path, content) in &commit.files {
        write!(stream, "M {} inline {path}\ndata {}\n", content.mode.as_str(), content.len())?;
        stream.extend_from_slice(content);
        stream.push(b'\n');
    }
    stream.push(b'\n');
    Ok(())
}

/// Runs git in a directory and returns what it printed; a failure carries what it said.
fn git(directory: &Path, arguments: &[&str], input: Option<&[u8]>) -> io::Result<String> {
    let mut child = Command::new("git")
        .current_dir(directory)
        .args(arguments)
        // A repository may be somebody else's, and nobody's own configuration may change what is written.
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let (Some(bytes), Some(mut stdin)) = (input, child.stdin.take()) {
        stdin.write_all(bytes)?;
    }
    let output = child.wait_with_output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(io::Error::other(format!("git {}: {}", arguments.join(" "), said.trim())));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
