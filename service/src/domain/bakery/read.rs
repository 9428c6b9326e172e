//! Reads a bakery's files: the shared one and, laid over it, the deployment's. Everything that is wrong is told at once, in whichever
//! of the two it stands.

use std::collections::BTreeMap;

use serde_json::Value;

use super::config::{Bake, BakeryConfig, DataflowBakery, FlinkOperatorBakery, LocalDirectBakery, Storage};
use super::rules;
use crate::domain::yaml::finding::{Finding, Findings};
use crate::domain::yaml::form::{Form, mismatch};
use crate::domain::yaml::node::{Entry, Node};
use crate::domain::yaml::tree;

/// One file of a bakery.
#[derive(Debug, Clone, Copy)]
pub struct BakeryFile<'a> {
    /// Where it is, for messages.
    pub path: &'a str,
    /// What it says.
    pub text: &'a str,
}

/// Reads the files of the bakery `name`, the one below first. Refused with everything that is wrong with them.
pub fn read(name: &str, files: &[BakeryFile<'_>]) -> Result<BakeryConfig, Vec<Finding>> {
    let mut findings = Vec::new();
    let mut whole: Option<Node> = None;
    for (index, file) in files.iter().enumerate() {
        let mut said = Findings::new(file.path.to_owned());
        let root = tree::read(file.text.trim_start_matches('\u{feff}'), &mut said);
        let is_mapping = Form::of_file(root.as_ref(), &mut said).is_some();
        findings.extend(said.into_list());
        if let Some(root) = root.filter(|_| is_mapping).map(|root| root.in_file(index)) {
            whole = Some(match whole {
                Some(below) => below.overlaid(root),
                None => root,
            });
        }
    }
    if !findings.is_empty() {
        return Err(findings);
    }
    let mut said = Findings::of_files(files.iter().map(|file| file.path.to_owned()).collect());
    let config = Form::of_file(whole.as_ref(), &mut said).and_then(|form| {
        let config = bakery(name, &form, &mut said);
        form.close(&mut said);
        config
    });
    match config {
        Some(config) if !said.failed() => Ok(config),
        _ => Err(said.into_list()),
    }
}

fn bakery(name: &str, form: &Form<'_>, said: &mut Findings) -> Option<BakeryConfig> {
    let description = owned(form, "description", said);
    let region = owned(form, "region", said);
    let production_path = form.text("production_path", said);
    if let Some(layout) = &production_path {
        rules::production_path(layout, said);
    }
    let bake = form.required_section("Bake", said).and_then(|section| bake(section, said));
    let local = form.section("LocalDirectBakery", said).map(|section| local(section, said));
    let dataflow = form.section("DataflowBakery", said).map(|section| dataflow(section, said));
    let flink = form.section("FlinkOperatorBakery", said).map(|section| flink(section, said));
    let target = form.required_section("TargetStorage", said).and_then(|section| {
        if let Some(root) = section.text("root_path", &mut Findings::new(String::new())) {
            rules::target_root(&root, said);
        }
        storage(name, section, said)
    });
    let input_cache = form.section("InputCacheStorage", said).map(|section| storage(name, section, said));
    let metadata_cache =
        form.section("MetadataCacheStorage", said).map(|section| storage(name, section, said));
    Some(BakeryConfig {
        description,
        region,
        production_path: production_path.map(|told| told.value.to_owned()),
        bake: bake?,
        local,
        dataflow,
        flink,
        target: target?,
        input_cache: input_cache.flatten(),
        metadata_cache: metadata_cache.flatten(),
    })
}

fn bake(form: Form<'_>, said: &mut Findings) -> Option<Bake> {
    let class = form.required_text("bakery_class", said);
    if let Some(class) = &class {
        rules::class_name(class, said);
    }
    let job_name = owned(&form, "job_name", said);
    let container_image = owned(&form, "container_image", said);
    form.close(said);
    Some(Bake { bakery_class: class?.value.to_owned(), job_name, container_image })
}

fn local(form: Form<'_>, said: &mut Findings) -> LocalDirectBakery {
    let num_workers = form.number("num_workers", said).map(|told| told.value);
    form.close(said);
    LocalDirectBakery { num_workers }
}

fn dataflow(form: Form<'_>, said: &mut Findings) -> DataflowBakery {
    let temp = form.text("temp_gcs_location", said);
    if let Some(location) = temp.as_ref().filter(|location| !location.value.starts_with("gs://")) {
        location.is_wrong(format!("is {:?}; it must start with `gs://`", location.value), said);
    }
    let read = DataflowBakery {
        project_id: owned(&form, "project_id", said),
        region: owned(&form, "region", said),
        machine_type: owned(&form, "machine_type", said),
        use_dataflow_prime: form.flag("use_dataflow_prime", said).map(|told| told.value),
        use_public_ips: form.flag("use_public_ips", said).map(|told| told.value),
        temp_gcs_location: temp.map(|told| told.value.to_owned()),
        max_num_workers: form.number("max_num_workers", said).map(|told| told.value),
        service_account_email: owned(&form, "service_account_email", said),
    };
    form.close(said);
    read
}

fn flink(form: Form<'_>, said: &mut Findings) -> FlinkOperatorBakery {
    let read = FlinkOperatorBakery {
        flink_version: owned(&form, "flink_version", said),
        flink_configuration: form.section("flink_configuration", said).map(|section| texts(&section, said)),
        job_manager_resources: values(&form, "job_manager_resources", said),
        task_manager_resources: values(&form, "task_manager_resources", said),
        beam_executor_resources: values(&form, "beam_executor_resources", said),
        parallelism: form.integer("parallelism", said).map(|told| told.value),
        max_parallelism: form.integer("max_parallelism", said).map(|told| told.value),
        enable_job_archiving: form.flag("enable_job_archiving", said).map(|told| told.value),
        job_archive_efs_mount: owned(&form, "job_archive_efs_mount", said),
    };
    form.close(said);
    read
}

fn storage(bakery: &str, form: Form<'_>, said: &mut Findings) -> Option<Storage> {
    let class = form.required_text("fsspec_class", said);
    if let Some(class) = &class {
        rules::class_name(class, said);
    }
    let arguments = form.section("fsspec_args", said);
    if let Some(arguments) = &arguments {
        rules::no_secret(bakery, arguments, said);
    }
    let root = form.required_text("root_path", said);
    if let Some(root) = &root {
        rules::fields(root, &[rules::SUBPATH, rules::JOB_NAME], said);
    }
    let public_url = form.text("public_url", said);
    if let Some(url) = &public_url {
        rules::public_url(url, said);
    }
    form.close(said);
    Some(Storage {
        fsspec_class: class?.value.to_owned(),
        fsspec_args: arguments.map(|arguments| json(&arguments)).unwrap_or_default(),
        root_path: root?.value.to_owned(),
        public_url: public_url.map(|told| told.value.to_owned()),
    })
}

fn owned(form: &Form<'_>, key: &'static str, said: &mut Findings) -> Option<String> {
    form.text(key, said).map(|told| told.value.to_owned())
}

fn values(form: &Form<'_>, key: &'static str, said: &mut Findings) -> Option<BTreeMap<String, Value>> {
    form.section(key, said).map(|section| json(&section))
}

fn json(form: &Form<'_>) -> BTreeMap<String, Value> {
    let pairs = form.entries().iter().filter_map(|Entry { key, value }| Some((key.text()?, value)));
    pairs.map(|(key, value)| (key.to_owned(), value.to_json())).collect()
}

fn texts(form: &Form<'_>, said: &mut Findings) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for Entry { key, value } in form.entries() {
        let Some(key) = key.text() else { continue };
        match value.text() {
            Some(text) => _ = texts.insert(key.to_owned(), text.to_owned()),
            None => mismatch(
                &form.path_of(key),
                value,
                "a text (between quotes if it looks like something else)",
                said,
            ),
        }
    }
    texts
}
