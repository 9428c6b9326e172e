environment = "dev"
regions     = ["us-central1"]

# Local and review apps come and go; each is an entry of its own.
apps = {}
