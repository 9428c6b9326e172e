//! The layout of a bakery's file, section by section as `pangeo-forge-runner` names them.
//!
//! Only the shape: [`super::read`] fills it.

use std::collections::BTreeMap;

use serde_json::Value;

/// The file's content: the runner's own configuration sections, and three keys of ours.
#[derive(Debug, Clone, PartialEq)]
pub struct BakeryConfig {
    /// One line for people.
    pub description: Option<String>,
    /// Where it is, for people: `aws.us-west-2`.
    pub region: Option<String>,
    /// The layout of production below the storage's root, for a bakery whose runs should not write over each other:
    /// `{app}/{feedstock}/{version}/{recipe_id}.{dataset_type}`.
    pub production_path: Option<String>,
    /// How to bake.
    pub bake: Bake,
    /// For the class of that name.
    pub local: Option<LocalDirectBakery>,
    /// For the class of that name.
    pub dataflow: Option<DataflowBakery>,
    /// For the class of that name.
    pub flink: Option<FlinkOperatorBakery>,
    /// Where datasets go.
    pub target: Storage,
    /// Where copies of input files are kept.
    pub input_cache: Option<Storage>,
    /// Read for the sake of older files; the runner has no such storage any more.
    pub metadata_cache: Option<Storage>,
}

/// The section `Bake`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bake {
    /// A dotted Python class name.
    pub bakery_class: String,
    /// Read for the sake of older files; every run gets a name of its own.
    pub job_name: Option<String>,
    /// The image of Dataflow's and Flink's workers.
    pub container_image: Option<String>,
}

/// The section `LocalDirectBakery`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalDirectBakery {
    /// Worker processes; 0 for one per CPU.
    pub num_workers: Option<u32>,
}

/// The section `DataflowBakery`, with the settings that the pinned runner has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataflowBakery {
    /// The Google Cloud project.
    pub project_id: Option<String>,
    /// The region of the workers.
    pub region: Option<String>,
    /// The workers' machine type; ignored with Dataflow Prime.
    pub machine_type: Option<String>,
    /// Use Dataflow Prime.
    pub use_dataflow_prime: Option<bool>,
    /// Give workers public addresses.
    pub use_public_ips: Option<bool>,
    /// `gs://…`, where Dataflow stages files.
    pub temp_gcs_location: Option<String>,
    /// The most workers.
    pub max_num_workers: Option<u32>,
    /// Whom the workers act as.
    pub service_account_email: Option<String>,
}

/// The section `FlinkOperatorBakery`, with the settings that the pinned runner has.
#[derive(Debug, Clone, PartialEq)]
pub struct FlinkOperatorBakery {
    /// Flink's version.
    pub flink_version: Option<String>,
    /// Flink's own settings.
    pub flink_configuration: Option<BTreeMap<String, String>>,
    /// Memory and CPU of the job manager.
    pub job_manager_resources: Option<BTreeMap<String, Value>>,
    /// Memory and CPU of a task manager.
    pub task_manager_resources: Option<BTreeMap<String, Value>>,
    /// Memory and CPU of Beam's executor.
    pub beam_executor_resources: Option<BTreeMap<String, Value>>,
    /// -1 for Flink's default.
    pub parallelism: Option<i64>,
    /// -1 for Flink's default.
    pub max_parallelism: Option<i64>,
    /// Keep a record of ended jobs.
    pub enable_job_archiving: Option<bool>,
    /// Where that record is mounted.
    pub job_archive_efs_mount: Option<String>,
}

/// A storage section.
#[derive(Debug, Clone, PartialEq)]
pub struct Storage {
    /// A dotted Python class name.
    pub fsspec_class: String,
    /// The class's arguments, as far as they are public.
    pub fsspec_args: BTreeMap<String, Value>,
    /// The path within the storage; `{subpath}` stands for the place of one run.
    pub root_path: String,
    /// The address that anyone can read from; `{root_path}` stands for the filled path.
    pub public_url: Option<String>,
}
