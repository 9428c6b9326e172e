environment = "pangeo-forge-staging"
regions     = ["us-central1"]

apps = {
  pangeo-forge-staging = { url = "https://api-staging.pangeo-forge.org" }
}

service = {
  region = "us-central1"
  domain = "api-staging.pangeo-forge.org"
}
review = null

# Jobs of GitHub are believed by the numbers of their repository, which are not known before there is one. They are, for `deploying`,
#   gh api repos/<owner>/<repository> --jq "{repository_id: .id, repository_owner_id: .owner.id}"
# and the same of the repository that runs recipes for `baking`. terraform/README.md has the whole entry.
github = null

# Each bakery is an entry of its own, by its name.
bakeries = {}
