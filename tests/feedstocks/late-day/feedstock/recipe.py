"""Two fields of four days. The second lacks its last day, which a pruned test does not ask for."""

import apache_beam as beam
from pangeo_forge_recipes.patterns import ConcatDim, FilePattern
from pangeo_forge_recipes.transforms import StoreToZarr


def whole_name(time):
    return f"synthetic://whole/{time}"


def short_name(time):
    return f"synthetic://short/{time}"


whole_pattern = FilePattern(whole_name, ConcatDim("time", keys=[0, 1, 2, 3], nitems_per_file=1))
short_pattern = FilePattern(short_name, ConcatDim("time", keys=[0, 1, 2, 3], nitems_per_file=1))


def synthesize(item):
    import numpy as np
    import xarray as xr

    index, name = item
    kind, day = name.rsplit("/", 2)[1:]
    if kind == "short" and day == "3":
        raise ValueError("no data for day 3, on purpose")
    field = np.full((1, 3, 5), float(day), dtype="float32")
    return index, xr.Dataset(
        {"temperature": (("time", "lat", "lon"), field)},
        coords={
            "time": ("time", np.array([int(day)], dtype="int64")),
            "lat": ("lat", np.linspace(-10.0, 10.0, 3)),
            "lon": ("lon", np.linspace(0.0, 40.0, 5)),
        },
    )


whole = (
    beam.Create(whole_pattern.items())
    | "Synthesize whole" >> beam.Map(synthesize)
    | StoreToZarr(store_name="tiny.zarr", combine_dims=whole_pattern.combine_dim_keys)
)

short = (
    beam.Create(short_pattern.items())
    | "Synthesize short" >> beam.Map(synthesize)
    | StoreToZarr(store_name="short.zarr", combine_dims=short_pattern.combine_dim_keys)
)
