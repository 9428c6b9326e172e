environment = "pangeo-forge-staging"
regions     = ["us-central1"]

apps = {
  pangeo-forge-staging = { url = "https://api-staging.pangeo-forge.org" }
}
