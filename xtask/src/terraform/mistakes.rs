//! Mistakes that somebody could make in the Terraform tree, and that the tests of its modules have to notice.

use anyhow::{Result, ensure};

/// A mistake that the tests of its module have to notice.
pub(super) struct Mistake {
    /// Below `terraform/modules`.
    pub(super) module: &'static str,
    pub(super) what: &'static str,
    pub(super) file: &'static str,
    right: &'static str,
    wrong: &'static str,
}

pub(super) const MISTAKES: [Mistake; 20] = [
    Mistake {
        module: "dataflow-status",
        what: "an audience that the service does not believe",
        file: "push.tf",
        right: "audience              = \"${each.value.url}/dataflow/status\"",
        wrong: "audience              = each.value.url",
    },
    Mistake {
        module: "dataflow-status",
        what: "an agent that may not publish dead letters",
        file: "push.tf",
        right: "role    = \"roles/pubsub.publisher\"",
        wrong: "role    = \"roles/pubsub.viewer\"",
    },
    Mistake {
        module: "dataflow-status",
        what: "an agent that may not take dead letters",
        file: "push.tf",
        right: "for_each = google_pubsub_subscription.push\n",
        wrong: "for_each = {}\n",
    },
    Mistake {
        module: "dataflow-status",
        what: "a subscription without a filter",
        file: "push.tf",
        right: "  filter                     = local.filter\n",
        wrong: "",
    },
    Mistake {
        module: "dataflow-status",
        what: "a filter that forgets cancelled jobs",
        file: "push.tf",
        right: "\"CANCELLED\", ",
        wrong: "",
    },
    Mistake {
        module: "dataflow-status",
        what: "dead letters that come round again",
        file: "push.tf",
        right: "dead_letter_topic     = google_pubsub_topic.dead.id",
        wrong: "dead_letter_topic     = google_pubsub_topic.status.id",
    },
    Mistake {
        module: "dataflow-status",
        what: "a relay that may do more than it needs",
        file: "relay.tf",
        right: "\"roles/workflows.invoker\"]",
        wrong: "\"roles/workflows.invoker\", \"roles/editor\"]",
    },
    Mistake {
        module: "dataflow-status",
        what: "a message of another form",
        file: "status.yaml",
        right: "job_id: $${job.id}\n              job_name",
        wrong: "id: $${job.id}\n              job_name",
    },
    Mistake {
        module: "dataflow-status",
        what: "an account's id above 30 characters",
        file: "variables.tf",
        right: "{1,20}$\", var.environment",
        wrong: "{1,40}$\", var.environment",
    },
    Mistake {
        module: "github-oidc",
        what: "a condition on a text with names in it",
        file: "main.tf",
        right: "\"assertion.repository_id == '${var.deploying.repository_id}'\"",
        wrong: "\"assertion.sub.startsWith('repo:pangeo-forge/')\"",
    },
    Mistake {
        module: "github-oidc",
        what: "jobs of anybody's repository of that number",
        file: "main.tf",
        right: "    \"assertion.repository_owner_id == '${var.baking.repository_owner_id}'\",\n",
        wrong: "",
    },
    Mistake {
        module: "github-oidc",
        what: "an account for plans that owns the project",
        file: "accounts.tf",
        right: "\"roles/viewer\"]",
        wrong: "\"roles/owner\"]",
    },
    Mistake {
        module: "bakery",
        what: "private data that everybody reads",
        file: "main.tf",
        right: "count = var.public ? 1 : 0",
        wrong: "count = 1",
    },
    Mistake {
        module: "bakery",
        what: "private data that could be made public",
        file: "main.tf",
        right: "var.public ? \"inherited\" : \"enforced\"",
        wrong: "\"inherited\"",
    },
    Mistake {
        module: "bakery",
        what: "recipes that reach every bucket of the project",
        file: "accounts.tf",
        right: "role    = \"roles/dataflow.worker\"",
        wrong: "role    = \"roles/storage.admin\"",
    },
    Mistake {
        module: "service",
        what: "a database that can be deleted",
        file: "database.tf",
        right: "  deletion_protection = true\n",
        wrong: "  deletion_protection = false\n",
    },
    Mistake {
        module: "service",
        what: "a database without TLS",
        file: "database.tf",
        right: "TRUSTED_CLIENT_CERTIFICATE_REQUIRED",
        wrong: "ALLOW_UNENCRYPTED_AND_ENCRYPTED",
    },
    Mistake {
        module: "service",
        what: "a database without a way back",
        file: "database.tf",
        right: "point_in_time_recovery_enabled = true",
        wrong: "point_in_time_recovery_enabled = false",
    },
    Mistake {
        module: "service",
        what: "a revision that takes the traffic untested",
        file: "run.tf",
        right: "ignore_changes = [traffic, client,",
        wrong: "ignore_changes = [client,",
    },
    Mistake {
        module: "service",
        what: "a release that may do more to the service than change it",
        file: "deployers.tf",
        right: "v2_service.this[0].name\n  role     = \"roles/run.developer\"",
        wrong: "v2_service.this[0].name\n  role     = \"roles/run.admin\"",
    },
];

impl Mistake {
    /// The text with the mistake in it. An error if its place is not there exactly once.
    pub(super) fn made_in(&self, text: &str) -> Result<String> {
        let times = text.matches(self.right).count();
        ensure!(times == 1, "{} has `{}` {times} times, not once", self.file, self.right);
        Ok(text.replace(self.right, self.wrong))
    }
}
