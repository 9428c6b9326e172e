//! The real runner, in the environment that `PFR_ENVIRONMENT` names: the way of a recipe from a commit to data.

use std::fs;
use std::path::Path;
use std::process::Command;

use runner_contract::{DatasetType, FailureClass, Location, RunResult, Store};

use crate::world::{LOCAL_BAKERY, Ran, World, executable, real_environment};

fn real(mut world: World) -> World {
    world.variables.insert("PFR_ENVIRONMENT".into(), real_environment().into());
    world
}

fn bake(feedstock: &str, recipe_id: &str) -> Ran {
    real(World::of(feedstock)).input("recipe_id", recipe_id).run()
}

#[test]
fn a_recipe_is_baked_and_its_dataset_found_also_the_second_time() {
    let world = real(World::of("tiny-success"));
    for time in ["first", "second"] {
        let ran = world.run();
        let stores = vec![Store { path: "tiny.zarr".into(), dataset_type: DatasetType::Zarr }];
        let baked = RunResult::Baked { recipe_id: "tiny-daily".into(), stores };
        assert_eq!(ran.outcome.result, baked, "the {time} time: {}", ran.log);
        assert_eq!(ran.status, 0);
    }
    let store = world.path().join("target/app/run-1/tiny.zarr");
    let opened = Command::new(real_environment().join("bin/python"))
        .args(["-c", "import sys, zarr; print(zarr.open(sys.argv[1])['temperature'].shape)"])
        .arg(store)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&opened.stdout).trim(), "(4, 3, 5)");
}

#[test]
fn requirements_that_are_satisfied_are_not_installed_again() {
    let world = real(World::of("tiny-success"));
    let repository = world.path().join("server/owner/name");
    fs::write(repository.join("feedstock/requirements.txt"), "pangeo-forge-recipes==0.10.8\napache-beam\n")
        .unwrap();
    crate::world::git(&repository, &["commit", "-q", "-a", "-m", "requirements"]);
    let sha = crate::world::git(&repository, &["rev-parse", "HEAD"]);
    let mut world = world;
    let ran = world.input("sha", sha.trim()).input("prune", "true").run();
    assert!(ran.log.contains("All that requirements.txt asks for is installed already."));
    assert!(matches!(ran.outcome.result, RunResult::Baked { .. }), "{}", ran.log);
}

#[test]
fn a_dictionary_of_recipes_is_listed() {
    let ran = real(World::of("dict-object")).expand().run();
    let recipe_ids = ["temp/mean", "temp/min", "wind-speed"].map(String::from).to_vec();
    assert_eq!(ran.outcome.result, RunResult::Expanded { recipe_ids });
}

#[test]
fn an_error_on_import_has_its_line() {
    let ran = bake("import-error", "broken");
    assert_eq!(ran.failure().class, FailureClass::Recipe);
    assert_eq!(ran.failure().error, "RuntimeError: this recipe file fails on import, on purpose");
    assert_eq!(ran.failure().location, Some(Location { file: "recipe.py".into(), line: 3 }));
}

#[test]
fn an_error_in_a_worker_has_its_line_and_is_not_the_wrappers() {
    let ran = bake("pipeline-error", "fails-late");
    assert_eq!(ran.failure().error, "ValueError: no data for day 1, on purpose");
    assert_eq!(ran.failure().location, Some(Location { file: "recipe.py".into(), line: 22 }));
    assert!(ran.failure().trace.as_ref().unwrap().contains("in synthesize"));
}

#[test]
fn a_list_in_create_is_explained() {
    let ran = bake("create-list", "listed");
    assert!(ran.failure().explanation.as_ref().unwrap().contains("beam.Create"), "{:?}", ran.failure());
}

#[test]
fn an_object_that_is_not_there_is_explained() {
    let ran = bake("missing-object", "absent");
    assert_eq!(ran.failure().error, "KeyError: 'no_such_name'");
    assert!(ran.failure().explanation.as_ref().unwrap().contains("does not define"), "{:?}", ran.failure());
}

#[test]
fn what_a_dictionary_file_may_not_do_is_explained() {
    let dictionary = "dict_object: \"recipe:recipes\"";
    for (recipe, class, said) in [
        ("print('x', flush=True)\nrecipes = {'a': 1}", FailureClass::Recipe, "flush=True"),
        ("import sys; sys.exit(0)", FailureClass::Recipe, ""),
        ("import os; os._exit(0)", FailureClass::Recipe, ""),
        (
            "import recipe_helpers_that_nobody_has\nrecipes = {}",
            FailureClass::Requirements,
            "requirements.txt",
        ),
        ("recipes = {", FailureClass::Recipe, ""),
        ("import recipe\nrecipes = {}", FailureClass::Recipe, "files beside it"),
    ] {
        let ran = real(World::of_recipe(dictionary, recipe)).expand().run();
        assert_eq!(ran.failure().class, class, "{recipe}: {:?}", ran.failure());
        let explanation = ran.failure().explanation.clone().unwrap_or_default();
        assert!(explanation.contains(said), "{recipe}: {explanation}");
    }
}

#[test]
fn a_line_that_the_recipe_forged_does_not_make_a_list() {
    let recipe = "import os\nos.write(1, b'{\"message\": \"x\", \"status\": \"completed\", \"meta\": {\"recipes\": [{\"id\": \"forged\"}]}}\\n')\n\
                  recipes = {'real': 1}\n";
    let ran = real(World::of_recipe("dict_object: \"recipe:recipes\"", recipe)).expand().run();
    assert!(ran.failure().error.contains("did not write"), "{:?}", ran.failure());
}

#[test]
fn a_job_that_runs_elsewhere_is_submitted_with_the_store_that_its_text_names() {
    let mut world = World::of("tiny-success");
    let environment = layered_environment(world.path());
    world.variables.insert("PFR_ENVIRONMENT".into(), environment.into());
    let class = "pangeo_forge_runner.bakery.local.LocalDirectBakery";
    let target = world.path().join("target").display().to_string();
    world.bakery(
        "submit",
        &LOCAL_BAKERY
            .replace(class, "submit_bakery.SubmitBakery")
            .replace("TARGET", &target)
            .replace("CACHE", &target),
    );
    let ran = world.input("bakery", "submit").run();
    let RunResult::Submitted { job_name, job_id, stores, .. } = &ran.outcome.result else {
        panic!("{}", ran.log)
    };
    assert_eq!(job_name, "job-1");
    assert!(job_id.starts_with("2026-01-01_"), "{job_id}");
    assert_eq!(stores, &[Store { path: "tiny.zarr".into(), dataset_type: DatasetType::Zarr }]);
}

/// An environment that has all of the real one, and a bakery that accepts every job and runs nothing.
fn layered_environment(folder: &Path) -> std::path::PathBuf {
    let real = real_environment();
    let answer = Command::new(real.join("bin/python"))
        .args(["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"])
        .output()
        .unwrap();
    let packages = String::from_utf8(answer.stdout).unwrap();
    let layered = folder.join("environment");
    let made =
        Command::new(real.join("bin/python")).args(["-m", "venv", "--without-pip"]).arg(&layered).status();
    assert!(made.unwrap().success());
    let version = Path::new(packages.trim()).parent().unwrap().file_name().unwrap();
    let bakeries = folder.join("bakery-classes");
    fs::create_dir(&bakeries).unwrap();
    let class = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bakeries/submit_bakery.py");
    fs::copy(class, bakeries.join("submit_bakery.py")).unwrap();
    let links = layered.join("lib").join(version).join("site-packages/layers.pth");
    fs::write(links, format!("{}\n{}\n", packages.trim(), bakeries.display())).unwrap();
    let python = layered.join("bin/python").display().to_string();
    executable(
        &layered.join("bin/pangeo-forge-runner"),
        &format!("#!{python}\nfrom pangeo_forge_runner.cli import main\nmain()\n"),
    );
    layered
}
