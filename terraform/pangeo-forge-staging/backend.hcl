prefix = "pangeo-forge-staging"
