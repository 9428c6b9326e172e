//! A bakery's file: the layouts in use, and each thing that is refused.

use super::*;
use crate::domain::yaml::finding::Finding;

const OSN: &str = r#"
description: Open Storage Network
region: us-central
Bake:
  bakery_class: pangeo_forge_runner.bakery.dataflow.DataflowBakery
  container_image: quay.io/pangeo/forge:5e51a29
DataflowBakery:
  temp_gcs_location: gs://pangeo-forge-temp
TargetStorage:
  fsspec_class: s3fs.S3FileSystem
  fsspec_args:
    client_kwargs:
      endpoint_url: https://ncsa.osn.xsede.org
    default_cache_type: none
    default_fill_cache: false
    use_listings_cache: false
  root_path: "Pangeo/{subpath}"
  public_url: "https://ncsa.osn.xsede.org/{root_path}"
InputCacheStorage:
  fsspec_class: gcsfs.GCSFileSystem
  fsspec_args:
    bucket: pangeo-forge-cache
    token: cloud
  root_path: pangeo-forge-cache
MetadataCacheStorage:
  fsspec_class: gcsfs.GCSFileSystem
  root_path: "pangeo-forge-cache/metadata/{subpath}"
"#;

const GCS: &str = r#"
Bake:
  bakery_class: pangeo_forge_runner.bakery.local.LocalDirectBakery
TargetStorage:
  fsspec_class: gcsfs.GCSFileSystem
  root_path: "pangeo-forge-dev-target/{subpath}"
  public_url: "https://storage.googleapis.com/{root_path}"
"#;

fn name(text: &str) -> BakeryName {
    BakeryName::parse(text).expect("a plain name")
}

const PATH: &str = "bakeries/osn.pangeo-forge.yaml";

fn read(text: &str) -> Result<Bakery, String> {
    read_all(&[BakeryFile { path: PATH, text }])
}

fn read_all(files: &[BakeryFile<'_>]) -> Result<Bakery, String> {
    let said = |finding: Finding| format!("{}:{}: {}", finding.path, finding.line, finding.message);
    match super::read("osn", files) {
        Ok(config) => Ok(Bakery { name: name("osn"), config }),
        Err(findings) => Err(findings.into_iter().map(said).collect::<Vec<_>>().join("\n")),
    }
}

#[test]
fn the_layouts_of_the_first_service_are_read() {
    let osn = read(OSN).expect("the production layout");
    assert_eq!(osn.kind(), BakeryKind::Dataflow);
    assert!(!osn.kind().is_blocking());
    let subpath = "pangeo-forge/pangeo-forge/EOBS-feedstock/eobs-wind-speed.zarr";
    let url =
        "https://ncsa.osn.xsede.org/Pangeo/pangeo-forge/pangeo-forge/EOBS-feedstock/eobs-wind-speed.zarr";
    assert_eq!(osn.target_url(subpath).as_deref(), Some(url));

    let gcs = read(GCS).expect("the development layout");
    assert!(gcs.kind() == BakeryKind::Local && gcs.kind().is_blocking());
    assert_eq!(gcs.target_root("a/b.zarr"), "pangeo-forge-dev-target/a/b.zarr");
    let url = "https://storage.googleapis.com/pangeo-forge-dev-target/a/b.zarr";
    assert_eq!(gcs.target_url("a/b.zarr").as_deref(), Some(url));
}

#[test]
fn a_bakery_may_have_a_production_layout_of_its_own() {
    let layout = "production_path: \"{app}/{feedstock}/{version}/{recipe_id}.{dataset_type}\"\n";
    let bakery = read(&format!("{layout}{GCS}")).expect("a layout");
    assert!(bakery.config.production_path.is_some_and(|path| path.contains("{version}")));
    assert_eq!(read(GCS).expect("none is needed").config.production_path, None);
}

#[test]
fn a_bakery_without_a_public_address_publishes_nothing() {
    let private = GCS.replace("  public_url: \"https://storage.googleapis.com/{root_path}\"\n", "");
    assert_eq!(read(&private).expect("public_url is optional").target_url("a"), None);
}

#[test]
fn kinds_come_from_the_class() {
    for (class, kind, blocking) in [
        ("pangeo_forge_runner.bakery.flink.FlinkOperatorBakery", BakeryKind::Flink, true),
        ("submit_bakery.SubmitBakery", BakeryKind::Other, false),
    ] {
        let bakery = read(&GCS.replace("pangeo_forge_runner.bakery.local.LocalDirectBakery", class))
            .expect("a class name");
        assert_eq!((bakery.kind(), bakery.kind().is_blocking()), (kind, blocking));
    }
}

#[test]
fn what_cannot_work_is_refused_with_its_place() {
    for (find, replace, expected) in [
        (
            "  root_path: \"pangeo",
            "  rooot_path: x\n  root_path: \"pangeo",
            "`rooot_path` is not a key in `TargetStorage`",
        ),
        ("TargetStorage:", "TargetStorag:", "Did you mean `TargetStorage`?"),
        ("  fsspec_class: gcsfs.GCSFileSystem\n", "", "`TargetStorage.fsspec_class` is missing"),
        ("Bake:\n", "Bake: 3\n#", "`Bake` is a number; it must be a mapping"),
        ("local.LocalDirectBakery", "local LocalDirectBakery", "`Bake.bakery_class`"),
        ("gcsfs.GCSFileSystem", "GCSFileSystem", "`TargetStorage.fsspec_class`"),
        ("target/{subpath}", "target", "must contain `{subpath}`"),
        ("{subpath}", "{subpath}/{job_name}", "cannot depend on `{job_name}`"),
        ("{subpath}", "{subpath}/{job}", "only {subpath} and {job_name} may stand"),
        ("https://storage.googleapis.com/{root_path}", "gs://x/{root_path}", "must start with `https://`"),
        ("https://storage.googleapis.com/{root_path}", "https://x/{path}", "only {root_path} may stand"),
        ("https://storage.googleapis.com/{root_path}", "https://x/", "contain `{root_path}`"),
        (
            "TargetStorage:",
            "production_path: \"{feedstock}/{branch}/{recipe_id}\"\nTargetStorage:",
            "between braces only {app} and {feedstock}",
        ),
        (
            "TargetStorage:",
            "production_path: \"{app}/{version}/{recipe_id}\"\nTargetStorage:",
            "contains `{feedstock}` and `{recipe_id}`",
        ),
        (
            "TargetStorage:",
            "production_path: \"../{feedstock}/{recipe_id}\"\nTargetStorage:",
            "it must be a relative path",
        ),
        (
            "TargetStorage:",
            "DataflowBakery:\n  temp_gcs_location: s3://x\nTargetStorage:",
            "must start with `gs://`",
        ),
        (
            "TargetStorage:",
            "DataflowBakery:\n  disk_size_gb: 5\nTargetStorage:",
            "`disk_size_gb` is not a key in `DataflowBakery`",
        ),
    ] {
        let text = GCS.replacen(find, replace, 1);
        assert_ne!(text, GCS, "{find}");
        let message = read(&text).expect_err(replace);
        assert!(message.contains(expected), "{message}\nshould contain\n{expected}");
        assert!(message.starts_with(PATH), "{message}");
    }
}

#[test]
fn a_secret_in_the_public_file_is_refused_and_not_repeated() {
    for (arguments, path) in [
        ("{key: hunter2}", "fsspec_args.key"),
        ("{client_kwargs: {password: hunter2}}", "fsspec_args.client_kwargs.password"),
        ("{token: hunter2}", "fsspec_args.token` is a secret"),
        ("{token: {private_key: hunter2}}", "fsspec_args.token` is a secret"),
    ] {
        let text = GCS.replacen("  root_path", &format!("  fsspec_args: {arguments}\n  root_path"), 1);
        let message = read(&text).expect_err("a secret");
        assert!(message.contains(path) && message.contains("secrets/bakery-args.osn.yaml"), "{message}");
        assert!(!message.contains("hunter2"), "{message}");
    }
}

#[test]
fn file_names_tell_the_bakeries_of_a_deployment() {
    let files = [
        "pangeo-ldeo-nsf-earthcube.pangeo-forge.yaml",
        "pangeo-ldeo-nsf-earthcube.pangeo-forge-staging.yaml",
        "local-direct.pangeo-forge.yaml",
        "local-direct.pangeo-forge.yml",
        "README.md",
        ".pangeo-forge.yaml",
        "a b.pangeo-forge.yaml",
    ];
    assert_eq!(known(&files, "pangeo-forge"), [name("local-direct"), name("pangeo-ldeo-nsf-earthcube")]);
    assert_eq!(known(&files, "pangeo-forge-staging"), [name("pangeo-ldeo-nsf-earthcube")]);
    assert_eq!(known(&files, "pforge-local-me"), []);
}

#[test]
fn bakery_names_are_plain_words() {
    for bad in ["", "a.b", "-a", "a b", "é", "../a", &"x".repeat(65)] {
        assert_eq!(BakeryName::parse(bad), None, "{bad}");
    }
}

#[test]
fn the_file_of_a_deployment_lies_over_the_shared_one_and_each_mistake_is_told_where_it_stands() {
    let shared = BakeryFile { path: "bakeries/osn.yaml", text: OSN };
    let over = |text| BakeryFile { path: PATH, text };
    let own = over(
        "region: elsewhere\nTargetStorage:\n  root_path: 'Staging/{subpath}'\nInputCacheStorage: null\n",
    );
    let osn = read_all(&[shared, own]).expect("both").config;
    assert_eq!(
        (osn.region.as_deref(), osn.description.as_deref()),
        (Some("elsewhere"), Some("Open Storage Network"))
    );
    assert_eq!(
        (osn.target.root_path.as_str(), osn.target.fsspec_class.as_str()),
        ("Staging/{subpath}", "s3fs.S3FileSystem")
    );
    assert!(osn.input_cache.is_none() && osn.dataflow.is_some());

    let said =
        read_all(&[shared, over("TargetStorage:\n  root_path: here\n  rot_path: there\n")]).expect_err("two");
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 2, "{said}");
    assert!(lines[0].starts_with(&format!("{PATH}:2: `TargetStorage.root_path` is \"here\"")), "{said}");
    assert!(lines[1].starts_with(&format!("{PATH}:3: `rot_path` is not a key")), "{said}");
    let broken =
        BakeryFile { path: "bakeries/osn.yaml", text: "Bake:\n  bakery_class: Direct\nTargetStorage: 3\n" };
    let said = read_all(&[broken, over("{}")]).expect_err("the shared one");
    assert!(said.lines().all(|line| line.starts_with("bakeries/osn.yaml:")), "{said}");
}
