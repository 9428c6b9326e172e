//! Pull requests as lists of files, and what each amounts to.

use super::super::layout::{ChangedFile, FileStatus, Layout, RepositoryKind, layout, missing_meta};
use super::*;

fn present(paths: &[&str]) -> Vec<ChangedFile> {
    let file = |path: &&str| ChangedFile {
        path: (*path).to_owned(),
        status: FileStatus::Present,
        previous_path: None,
    };
    paths.iter().map(file).collect()
}

fn changed(path: &str, status: FileStatus, previous: Option<&str>) -> ChangedFile {
    ChangedFile { path: path.to_owned(), status, previous_path: previous.map(ToOwned::to_owned) }
}

fn recipe(subdir: &str) -> Layout {
    Layout::Recipe { subdir: subdir.to_owned() }
}

#[test]
fn repositories_are_told_apart_by_name() {
    for (name, kind) in [
        ("pangeo-forge/staged-recipes", Some(RepositoryKind::StagedRecipes)),
        ("pforgetest/test-staged-recipes", Some(RepositoryKind::StagedRecipes)),
        ("pangeo-forge/EOBS-feedstock", Some(RepositoryKind::Feedstock)),
        ("a/B-FEEDSTOCK", Some(RepositoryKind::Feedstock)),
        ("a/feedstock", None),
        ("a/staged-recipes-old", None),
    ] {
        assert_eq!(RepositoryKind::of(name), kind, "{name}");
    }
}

#[test]
fn the_recipe_directory_is_found() {
    use RepositoryKind::{Feedstock, StagedRecipes};
    for (kind, files, expected) in [
        (StagedRecipes, vec!["recipes/gpcp/meta.yaml", "recipes/gpcp/recipe.py"], recipe("recipes/gpcp")),
        (StagedRecipes, vec!["recipes/gpcp/recipe.py"], recipe("recipes/gpcp")),
        (
            StagedRecipes,
            vec!["recipes/gpcp/meta.yaml", "recipes/gpcp/catalog/files.csv"],
            recipe("recipes/gpcp"),
        ),
        (StagedRecipes, vec!["README.md", ".github/workflows/x.yaml"], Layout::NothingToCheck),
        (StagedRecipes, vec!["recipes/README.md"], Layout::NothingToCheck),
        (StagedRecipes, vec![], Layout::NothingToCheck),
        (Feedstock, vec!["feedstock/recipe.py"], recipe("feedstock")),
        (Feedstock, vec!["feedstock/data/files.csv"], recipe("feedstock")),
        (Feedstock, vec!["README.md", "configs/x.json"], Layout::NothingToCheck),
    ] {
        assert_eq!(layout(kind, &present(&files)), expected, "{files:?}");
    }
}

#[test]
fn files_out_of_place_are_explained() {
    use RepositoryKind::{Feedstock, StagedRecipes};
    for (kind, files, path, words) in [
        (StagedRecipes, vec!["recipes/meta.yaml"], "recipes/meta.yaml", "a directory of its own"),
        (StagedRecipes, vec!["recipes/recipe.py"], "recipes/recipe.py", "a directory of its own"),
        (
            StagedRecipes,
            vec!["recipes/a/b/meta.yaml"],
            "recipes/a/b/meta.yaml",
            "must be `recipes/a/meta.yaml`",
        ),
        (StagedRecipes, vec!["meta.yaml", "recipe.py"], "meta.yaml", "outside `recipes`"),
        (StagedRecipes, vec!["recipe/a/meta.yaml"], "recipe/a/meta.yaml", "outside `recipes`"),
        (
            StagedRecipes,
            vec!["recipes/a/meta.yml", "recipes/a/recipe.py"],
            "recipes/a/meta.yml",
            "must be called `meta.yaml`",
        ),
        (
            StagedRecipes,
            vec!["recipes/a/meta.yaml", "recipes/b/meta.yaml"],
            "recipes/b/meta.yaml",
            "one recipe directory only",
        ),
        (StagedRecipes, vec!["recipes/a/meta.yaml", "README.md"], "README.md", "must come alone"),
        (
            StagedRecipes,
            vec!["recipes/a/meta.yaml", "recipes/README.md"],
            "recipes/README.md",
            "must come alone",
        ),
        (StagedRecipes, vec!["recipes/a b/meta.yaml"], "recipes/a b/meta.yaml", "other characters"),
        (
            StagedRecipes,
            vec!["recipes/x-feedstock/meta.yaml"],
            "recipes/x-feedstock/meta.yaml",
            "already has the ending",
        ),
        (Feedstock, vec!["feedstock/meta.yml"], "feedstock/meta.yml", "must be called `meta.yaml`"),
        (Feedstock, vec!["meta.yaml"], "meta.yaml", "must be `feedstock/meta.yaml`"),
        (Feedstock, vec!["feedstock/a/meta.yaml"], "feedstock/a/meta.yaml", "must be `feedstock/meta.yaml`"),
        (Feedstock, vec!["recipes/a/meta.yaml"], "recipes/a/meta.yaml", "must be `feedstock/meta.yaml`"),
        (Feedstock, vec!["feedstock/recipe.py", "README.md"], "README.md", "must come alone"),
    ] {
        let Layout::Wrong(findings) = layout(kind, &present(&files)) else {
            panic!("{files:?} should be wrong")
        };
        let found = findings.iter().find(|finding| finding.message.contains(words));
        let place = found.map(|finding| (finding.path.as_str(), finding.line, finding.level));
        assert_eq!(place, Some((path, 1, Level::Failure)), "{files:?} {findings:?}");
    }
}

#[test]
fn the_files_beside_a_misplaced_recipe_are_no_mixture() {
    let files = ["recipes/tiny/meta.yaml", "recipes/tiny/recipe.py", "recipes/tiny/requirements.txt"];
    let Layout::Wrong(findings) = layout(RepositoryKind::Feedstock, &present(&files)) else {
        panic!("a feedstock has its recipe in `feedstock`")
    };
    assert_eq!(findings.len(), 1, "{findings:?}");
}

#[test]
fn removed_files_ask_for_nothing() {
    let removed = |path| changed(path, FileStatus::Removed, None);
    let clean_up = [removed("recipes/gpcp/meta.yaml"), removed("recipes/gpcp/recipe.py")];
    assert_eq!(layout(RepositoryKind::StagedRecipes, &clean_up), Layout::NothingToCheck);
    let moved = [removed("recipes/a/meta.yaml"), changed("recipes/b/meta.yaml", FileStatus::Present, None)];
    assert_eq!(layout(RepositoryKind::StagedRecipes, &moved), recipe("recipes/b"));
    let renamed = [changed("recipes/b/meta.yaml", FileStatus::Renamed, Some("recipes/a/meta.yaml"))];
    assert_eq!(layout(RepositoryKind::StagedRecipes, &renamed), recipe("recipes/b"));
}

#[test]
fn a_file_that_leaves_the_feedstock_changes_it() {
    let left = [changed("recipe.py", FileStatus::Renamed, Some("feedstock/recipe.py"))];
    assert!(matches!(layout(RepositoryKind::Feedstock, &left), Layout::Wrong(_)));
    let inside = [changed("feedstock/new.py", FileStatus::Renamed, Some("feedstock/recipe.py"))];
    assert_eq!(layout(RepositoryKind::Feedstock, &inside), recipe("feedstock"));
}

#[test]
fn a_hundred_stray_files_are_not_named_one_by_one() {
    let files: Vec<String> = (0..100).map(|number| format!("docs/{number}.md")).collect();
    let mut paths: Vec<&str> = files.iter().map(String::as_str).collect();
    paths.push("feedstock/recipe.py");
    let Layout::Wrong(findings) = layout(RepositoryKind::Feedstock, &present(&paths)) else {
        panic!("a mixture")
    };
    assert_eq!(findings.len(), 20);
}

#[test]
fn a_missing_file_is_reported_on_one_that_exists() {
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    let finding = missing_meta("recipes/a", &names(&["recipe.py", "requirements.txt"]));
    assert_eq!(finding.path, "recipes/a/recipe.py");
    assert!(finding.message.contains("it has `recipe.py`, `requirements.txt`"), "{}", finding.message);
    let finding = missing_meta("recipes/a", &names(&["recipe.py", "meta.yml"]));
    assert!(finding.path == "recipes/a/meta.yml" && finding.message.contains("Rename it"), "{finding:?}");
    assert_eq!(missing_meta("recipes/a", &[]).path, "recipes/a");
}
