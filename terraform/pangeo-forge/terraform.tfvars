environment = "pangeo-forge"
regions     = ["us-central1"]

apps = {
  pangeo-forge = { url = "https://api.pangeo-forge.org" }
}
