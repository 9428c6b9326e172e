//! `cargo xtask migration <name>`: the next pair of migrations and its sample rows.
//!
//! Both databases get the same number and name, because the service compares numbers only. The sample file holds rows as
//! production would have them after this step; the migration test inserts them before it goes on to the next.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

/// The folder below `migrations/` and what its new file says first.
const FOLDERS: [(&str, &str); 3] = [
    ("sqlite", "The SQLite half; migrations/postgres holds its twin of the same name."),
    ("postgres", "The Postgres half; migrations/sqlite holds its twin of the same name."),
    ("samples", "Rows as production has them after this migration; both databases must take this text."),
];

/// Creates the three files and prints their paths.
pub(crate) fn migration(workspace: &Workspace, name: &str) -> Result<()> {
    for path in create(&workspace.root().join("migrations"), name)? {
        println!("{path}");
    }
    Ok(())
}

fn create(migrations: &Path, name: &str) -> Result<Vec<String>> {
    let words = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if !name.starts_with(|first: char| first.is_ascii_lowercase()) || !name.bytes().all(words) {
        bail!("the name {name:?} is not snake_case: a letter, then letters, digits and _, all lower case");
    }
    let mut last = 0;
    for (folder, _) in FOLDERS {
        last = last.max(last_number(&migrations.join(folder))?);
    }
    let file = format!("{:04}_{name}.sql", last + 1);
    let mut made = Vec::new();
    for (folder, says) in FOLDERS {
        let path = migrations.join(folder).join(&file);
        fs::File::create_new(&path)
            .and_then(|mut created| writeln!(created, "-- {says}"))
            .with_context(|| format!("cannot create {}", path.display()))?;
        made.push(path.display().to_string());
    }
    Ok(made)
}

/// The highest number in a folder of `NNNN_name.sql`; 0 if it has none. Makes the folder if it is not there.
fn last_number(folder: &Path) -> Result<u32> {
    let cannot = || format!("cannot read {}", folder.display());
    fs::create_dir_all(folder).with_context(cannot)?;
    let mut last = 0;
    for entry in fs::read_dir(folder).with_context(cannot)? {
        let name = entry.with_context(cannot)?.file_name();
        let name = name.to_string_lossy();
        if let Some(number) = name.split_once('_').and_then(|(number, _)| number.parse().ok()) {
            last = last.max(number);
        }
    }
    Ok(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_number_is_one_above_the_highest_of_all_three_folders() {
        let migrations = std::env::temp_dir().join(format!("xtask-migration-{}", std::process::id()));
        fs::create_dir_all(migrations.join("postgres")).unwrap();
        fs::write(migrations.join("postgres/0007_seven.sql"), "").unwrap();

        let made = create(&migrations, "add_owner").unwrap();

        assert_eq!(made.len(), 3);
        for folder in ["sqlite", "postgres", "samples"] {
            assert!(migrations.join(folder).join("0008_add_owner.sql").is_file());
        }
        fs::remove_dir_all(&migrations).unwrap();
    }

    #[test]
    fn a_name_that_is_not_snake_case_is_refused() {
        for name in ["", "Add", "add-owner", "1st", "../up", "_x"] {
            assert!(create(Path::new("/nonexistent"), name).unwrap_err().to_string().contains("snake_case"));
        }
    }
}
