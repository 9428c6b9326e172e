prefix = "pangeo-forge"
