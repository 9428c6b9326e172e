//! The puzzling messages that are known, and what they mean.
//!
//! Each entry was met in the output of the pinned `pangeo-forge-runner`, of pip, or of Beam. Its sentence says what happened and what to
//! do; it quotes nothing, so it needs no escaping. Only data may enter here.

use runner_contract::FailureClass::{self, Bakery, Recipe, Requirements, Service};

/// One message that is known.
pub struct Known {
    /// All of these must stand in the text.
    pub signs: &'static [&'static str],
    /// Whose side the cause lies on.
    pub class: FailureClass,
    /// What happened and what to do.
    pub sentence: &'static str,
}

const fn known(signs: &'static [&'static str], class: FailureClass, sentence: &'static str) -> Known {
    Known { signs, class, sentence }
}

/// The known messages; the first that fits is told.
pub const TABLE: &[Known] = &[
    // recipe.py
    known(
        &["object has no attribute 'func'", "recipe_rewriter.py"],
        Recipe,
        "pangeo-forge-runner can only read beam.Create(...) when its argument is a call, as in \
         beam.Create(pattern.items()); a list or a name there stops it. Put the values into a FilePattern, or wrap them in a \
         call, as in beam.Create(list(values)).",
    ),
    known(
        &["'LoggingStream' object has no attribute"],
        Recipe,
        "While a recipe file is read, its output is not a real stream: print(..., flush=True), progress bars and anything else \
         that flushes or asks about the terminal stop it. Use a plain print() or none.",
    ),
    known(
        &["RequiredAtRuntimeDefault"],
        Recipe,
        "The storage was not handed to this writer. It is only handed to calls written by their bare name: import the class \
         and write StoreToZarr(...), not transforms.StoreToZarr(...), not StoreToZarr(...).with_resource_hints(...), and not \
         inside the arguments of another call.",
    ),
    known(
        &["AssertionError", "in parse_recipes"],
        Recipe,
        "An entry of recipes in meta.yaml has a key of its own. An entry is either id and object, or dict_object alone; \
         anything more stops the bake (with an empty message), though listing the recipes accepts it.",
    ),
    known(
        &["self.recipe_id=", "not in ["],
        Recipe,
        "meta.yaml has no recipe with this id at this commit. For a dict_object, the ids are the keys of the dictionary.",
    ),
    known(
        &["self._import_cache[module][export]", "KeyError"],
        Recipe,
        "meta.yaml names an object that the recipe file does not define at its top level. In object: \"recipe:name\" the part \
         before the colon is the file without .py, the part after it a variable in that file.",
    ),
    known(
        &["not enough values to unpack", "spec.split"],
        Recipe,
        "object and dict_object in meta.yaml are written \"file:name\", for example \"recipe:recipe\".",
    ),
    // meta.yaml
    known(
        &["is not valid under any of the given schemas"],
        Recipe,
        "An entry of recipes in meta.yaml is neither id with object nor dict_object.",
    ),
    known(
        &["argument after ** must be a mapping"],
        Recipe,
        "meta.yaml is empty or is not a mapping of keys to values.",
    ),
    known(
        &["``recipes`` trait", "cannot be empty"],
        Recipe,
        "The list recipes in meta.yaml has no entry; it needs at least one.",
    ),
    known(
        &["'recipes' trait of a MetaYaml"],
        Recipe,
        "meta.yaml needs a key recipes that holds a list, each entry with id and object or with dict_object.",
    ),
    known(
        &["trait of a MetaYaml instance expected"],
        Recipe,
        "A value in meta.yaml has the wrong type; text that looks like a number needs quotes.",
    ),
    known(
        &["Mixing explicit recipe objects and dict_objects"],
        Recipe,
        "meta.yaml mixes entries with object and entries with dict_object; use one kind in a feedstock.",
    ),
    known(&["meta.yaml\", line ", "yaml"], Recipe, "meta.yaml is not valid YAML at the place that is named."),
    known(
        &["FileNotFoundError", "/meta.yaml'"],
        Recipe,
        "The feedstock's directory has no meta.yaml at this commit.",
    ),
    // requirements.txt
    known(
        &["requirements.txt does not exist"],
        Requirements,
        "The recipe's directory needs a requirements.txt beside meta.yaml, if only with a comment in it.",
    ),
    known(
        &["must be listed in your recipe's requirements.txt"],
        Requirements,
        "A bake needs apache-beam, pangeo-forge-recipes and fsspec: add them to requirements.txt.",
    ),
    known(
        &["No matching distribution found"],
        Requirements,
        "requirements.txt asks for a package or a version that does not exist for this Python, or that the pinned set of this \
         service excludes.",
    ),
    known(
        &["ResolutionImpossible"],
        Requirements,
        "requirements.txt asks for versions that exclude each other, or that the pinned set of this service excludes. Leave \
         the versions of pangeo-forge-recipes, apache-beam, zarr and xarray open, or use those that the service has.",
    ),
    known(
        &["'install', '--prefer-binary'"],
        Requirements,
        "pip could not install requirements.txt; its own lines are in the job log.",
    ),
    known(
        &["cannot import name 'FSStore' from 'zarr.storage'"],
        Requirements,
        "pangeo-forge-recipes 0.10 needs zarr below 3: write zarr<3 in requirements.txt.",
    ),
    known(
        &["unexpected keyword argument 'zarr_format'"],
        Requirements,
        "This xarray is too new for zarr 2, which pangeo-forge-recipes 0.10 needs: write xarray<2025 in requirements.txt.",
    ),
    known(
        &["Worker subprocess exited with return code"],
        Requirements,
        "The worker process of the bake died at its start, most often because requirements.txt names some packages but not \
         apache-beam: a worker sees only what requirements.txt installs. Add apache-beam and pangeo-forge-recipes to it.",
    ),
    known(
        &["please install apache_beam[gcp]"],
        Requirements,
        "This bakery runs on Dataflow: write apache-beam[gcp] in requirements.txt.",
    ),
    // bakery
    known(
        &["could not be imported", "fsspec_class"],
        Bakery,
        "The storage class that the bakery is configured with is not installed here.",
    ),
    known(
        &["could not be imported", "bakery_class"],
        Bakery,
        "The bakery class of the bakery's file does not exist.",
    ),
    known(
        &["Bad config encountered"],
        Bakery,
        "The bakery's file has a value that pangeo-forge-runner does not accept.",
    ),
    known(
        &["DataflowBakery.", " must be "],
        Bakery,
        "The bakery's file lacks a setting that Dataflow needs, or has a wrong one.",
    ),
    known(
        &["kubectl is required"],
        Bakery,
        "This bakery needs kubectl, which the image of the action does not have.",
    ),
    known(
        &["KeyError", "root_path=self.root_path.format"],
        Bakery,
        "root_path in the bakery's file has a field that is not known; only {subpath} and {job_name} are.",
    ),
    known(
        &["NotImplementedError", "fsspec/spec.py"],
        Bakery,
        "The bakery's file configures no usable TargetStorage.",
    ),
    known(
        &["Quota", "exceeded"],
        Bakery,
        "The quota of the bakery's cloud project is used up; try again later or ask its owner.",
    ),
    known(
        &["QUOTA_EXCEEDED"],
        Bakery,
        "The quota of the bakery's cloud project is used up; try again later or ask its owner.",
    ),
    known(
        &["google.auth.exceptions"],
        Bakery,
        "The bakery's Google credentials are missing or were refused.",
    ),
    known(&["NoCredentialsError"], Bakery, "The bakery's storage keys are missing."),
    known(&["InvalidAccessKeyId"], Bakery, "The bakery's storage keys were refused."),
    known(&["SignatureDoesNotMatch"], Bakery, "The bakery's storage keys were refused."),
    // ours
    known(
        &["job_name must match the regex"],
        Service,
        "The service made a job name that the runner refuses.",
    ),
    known(
        &["Could not read config from file"],
        Service,
        "The runner could not read the configuration that the action wrote.",
    ),
    known(
        &["pangeo-forge-runner: error: "],
        Service,
        "The action called the runner with arguments that it does not know.",
    ),
    known(
        &["dataverse-installations"],
        Service,
        "The runner looked for a list on another site before fetching the repository.",
    ),
    known(
        &["No such file or directory: 'hg'"],
        Service,
        "The runner was given an address in place of a directory.",
    ),
    known(
        &["ContentProviderException"],
        Service,
        "The runner was made to fetch the repository itself, and could not.",
    ),
    known(
        &["Failed to check out ref"],
        Service,
        "The runner was made to fetch the repository itself, and could not.",
    ),
    known(&["No space left on device"], Service, "The disk of the machine that ran the recipe is full."),
    known(
        &["MemoryError"],
        Recipe,
        "The recipe needs more memory than the machine has; smaller chunks or fewer inputs at once help.",
    ),
];
