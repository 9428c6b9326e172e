"""Opens a Zarr store as a reader would, shows it, and demands that it holds what the recipe `tiny-success` wrote.

A test run keeps the first two days only.
"""

import sys

import numpy as np
import xarray as xr

dataset = xr.open_dataset(sys.argv[1], engine="zarr", chunks={})
print(dataset)

temperature = dataset["temperature"].load()
assert temperature.dims == ("time", "lat", "lon"), temperature.dims
assert temperature.shape == (2, 3, 5), temperature.shape
assert dataset["time"].values.tolist() == [0, 1], dataset["time"].values
for day in (0, 1):
    assert np.all(temperature.values[day] == day), temperature.values[day]
