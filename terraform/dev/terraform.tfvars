environment = "dev"
regions     = ["us-central1"]

# Local and review apps come and go; each is an entry of its own.
apps = {}

# Local apps run on their developers' machines, and review apps are made by their workflow.
service = null
review  = { region = "us-central1" }

# Jobs of GitHub are believed by the numbers of their repository, which are not known before there is one. They are, for `deploying`,
#   gh api repos/<owner>/<repository> --jq "{repository_id: .id, repository_owner_id: .owner.id}"
# and the same of the repository that runs recipes for `baking`. terraform/README.md has the whole entry.
github = null

# Each bakery is an entry of its own, by its name.
bakeries = {}
