//! What happens in the pull requests of a play: whose recipe is proposed, what is asked for, and how that must end.

/// One pull request from opening to result.
#[derive(Debug)]
pub(super) struct Plot {
    /// In one line, for the watcher.
    pub(super) about: &'static str,
    /// The title of the pull request.
    pub(super) title: &'static str,
    /// The folder of `tests/feedstocks` that is proposed.
    pub(super) feedstock: &'static str,
    /// Where the pull request puts it.
    pub(super) directory: &'static str,
    /// What the recipe's code has to be run for to find its recipes; empty where `meta.yaml` lists them.
    pub(super) expands_to: &'static [&'static str],
    /// The recipe that the maintainer asks for.
    pub(super) recipe_id: &'static str,
    /// How that must end.
    pub(super) ending: Ending,
}

/// How a run of a recipe must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// With a dataset.
    Data {
        /// The Zarr store's name.
        store: &'static str,
    },
    /// With a reason that the contributor can act on.
    Fails {
        /// The recipe's own error, which the reason must repeat.
        error: &'static str,
        /// The line of `recipe.py` that it comes from.
        line: u32,
    },
}

impl Ending {
    /// The conclusion of the recipe's check run.
    pub(super) fn conclusion(self) -> &'static str {
        match self {
            Self::Data { .. } => "success",
            Self::Fails { .. } => "failure",
        }
    }

    /// What the comment about the result must say.
    pub(super) fn token(self) -> &'static str {
        match self {
            Self::Data { store } => store,
            Self::Fails { error, .. } => error,
        }
    }
}

/// The main job.
pub(super) const TINY: Plot = Plot {
    about: "a recipe that works",
    title: "Add the tiny daily field",
    feedstock: "tiny-success",
    directory: "recipes/tiny",
    expands_to: &[],
    recipe_id: "tiny-daily",
    ending: Ending::Data { store: "tiny.zarr" },
};

/// A recipe that fails in the middle of its work.
pub(super) const BROKEN: Plot = Plot {
    about: "a recipe that fails while it runs",
    title: "Add a field with a day that is missing",
    feedstock: "pipeline-error",
    directory: "recipes/late",
    expands_to: &[],
    recipe_id: "fails-late",
    ending: Ending::Fails { error: "ValueError: no data for day 1, on purpose", line: 22 },
};

/// Recipes that only the recipe's own code can list.
pub(super) const LOOPED: Plot = Plot {
    about: "recipes that are made in a loop",
    title: "Add three variables",
    feedstock: "dict-object",
    directory: "recipes/variables",
    expands_to: &["temp/mean", "temp/min", "wind-speed"],
    recipe_id: "temp/mean",
    ending: Ending::Data { store: "temp-mean.zarr" },
};

/// What is played in turn where nothing is baked and nothing merged.
pub(super) const PLOTS: [&Plot; 3] = [&TINY, &BROKEN, &LOOPED];

/// Two recipes that both pass their test, of which one fails on the data that a test leaves out.
pub(super) const RELEASED: Plot = Plot {
    about: "two recipes that are merged and go into production",
    title: "Add two daily fields",
    feedstock: "late-day",
    directory: "recipes/daily",
    expands_to: &[],
    recipe_id: "tiny-daily",
    ending: Ending::Data { store: "tiny.zarr" },
};

/// What follows when it is merged.
#[derive(Debug)]
pub(super) struct Release {
    /// Where the recipe was proposed.
    pub(super) directory: &'static str,
    /// The repository that it becomes.
    pub(super) feedstock: &'static str,
    /// Its recipes in production, and how each must end.
    pub(super) production: &'static [(&'static str, Ending)],
}

/// The end of [`RELEASED`].
pub(super) const RELEASE: Release = Release {
    directory: RELEASED.directory,
    feedstock: "pangeo-forge/daily-feedstock",
    production: &[
        ("tiny-daily", Ending::Data { store: "tiny.zarr" }),
        ("tiny-short", Ending::Fails { error: "ValueError: no data for day 3, on purpose", line: 24 }),
    ],
};
