"""Opens a Zarr store as a reader would, shows it, and demands that it holds the synthetic days that the recipes `tiny-daily` write.

The second argument is the number of days: a test run keeps the first two only.
"""

import sys

import numpy as np
import xarray as xr

days = list(range(int(sys.argv[2])))
dataset = xr.open_dataset(sys.argv[1], engine="zarr", chunks={})
print(dataset)

temperature = dataset["temperature"].load()
assert temperature.dims == ("time", "lat", "lon"), temperature.dims
assert temperature.shape == (len(days), 3, 5), temperature.shape
assert dataset["time"].values.tolist() == days, dataset["time"].values
for day in days:
    assert np.all(temperature.values[day] == day), temperature.values[day]
