"""Writes the stores of this folder, and what xarray says of each.

    python write.py FOLDER

Needs xarray, and zarr of the second format (`FORMAT=2`, zarr 2 or 3) or of the third (`FORMAT=3`, zarr 3). Only the metadata is kept:
a page about a store is made without a chunk. `described.json` holds names, dimensions and types as xarray decodes them.
"""

import json
import os
import pathlib
import shutil
import sys
import tempfile

import numpy as np
import pandas as pd
import xarray as xr

FORMAT = int(os.environ["FORMAT"])
# A page is made without chunks, but xarray looks into some of them for the first value.
METADATA = {".zmetadata", ".zgroup", ".zarray", ".zattrs", "zarr.json"}


def sea_surface():
    """What a recipe makes of a few NetCDF files: packed values, decoded times, and coordinates of every kind."""
    time = pd.date_range("1870-01-01", periods=365)
    shape = (365, 18, 36)
    sst = xr.DataArray(np.full(shape, 280.5), dims=("time", "lat", "lon"))
    sst.attrs = {"standard_name": "sea_surface_temperature", "units": "K", "cell_methods": "time: mean"}
    sst.encoding = {"dtype": "int16", "scale_factor": 0.01, "add_offset": 273.15, "_FillValue": -32767, "chunks": (50, 18, 36)}
    ice = xr.DataArray(np.zeros(shape, "float32"), dims=("time", "lat", "lon"))
    ice.attrs = {"long_name": "sea ice area fraction", "units": "1", "valid_range": [0.0, 1.0]}
    ice.encoding = {"_FillValue": np.float32(-1e30), "chunks": (50, 9, 36)}
    quality = xr.DataArray(np.ones(shape, "int8"), dims=("time", "lat", "lon"))
    quality.encoding = {"_FillValue": -1, "chunks": (365, 18, 36)}
    count = xr.DataArray(np.ones((18, 36), "int32"), dims=("lat", "lon"))
    count.encoding = {"missing_value": -9, "chunks": (18, 36)}
    land = xr.DataArray(np.zeros((18, 36), bool), dims=("lat", "lon"))
    bounds = xr.DataArray(np.zeros((18, 2), ">f8"), dims=("lat", "bnds"))
    station = xr.DataArray(np.array(["a", "bcd"]), dims=("bnds",))
    crs = xr.DataArray(np.int32(0), attrs={"grid_mapping_name": "latitude_longitude"})
    data = xr.Dataset(
        {"sst": sst, "ice": ice, "quality": quality, "count": count, "land": land, "lat_bnds": bounds, "crs": crs},
        coords={
            "time": time,
            "lat": ("lat", np.linspace(-85, 85, 18), {"units": "degrees_north", "bounds": "lat_bnds"}),
            "lon": ("lon", np.linspace(5, 355, 36).astype("float32"), {"units": "degrees_east"}),
            "month": ("time", time.month.values.astype("int64")),
            "height": ((), 2.0, {"units": "m"}),
            "station": station,
            "model_time": ("time", xr.date_range("1870-01-01", periods=365, calendar="noleap", use_cftime=True)),
        },
        attrs={"title": "Sea surface temperature & ice <test>", "Conventions": "CF-1.8", "years": [1870, 1871], "scale": 1.5},
    )
    data["time"].encoding = {"units": "days since 1870-01-01", "dtype": "int64"}
    return data


def tree(folder):
    """A store with groups below its root."""
    root = xr.Dataset({"x": ("x", np.arange(3))}, attrs={"title": "root"})
    arguments = {"zarr_format": FORMAT} if FORMAT == 3 else {}
    root.to_zarr(folder, consolidated=False, **arguments)
    inner = xr.Dataset({"a": (("x", "y"), np.zeros((3, 4), "float32"))}, coords={"y": np.arange(4)})
    inner.to_zarr(folder, group="fine", mode="a", consolidated=False, **arguments)
    inner.to_zarr(folder, group="coarse/monthly", mode="a", consolidated=True, **arguments)


def sharded(folder):
    """Chunks within shards, other codecs, and names that xarray takes from `dimension_names`."""
    import zarr

    data = xr.Dataset({"wind": (("step", "cell"), np.zeros((100, 1000), "float32"), {"units": "m s-1"})})
    compressor = zarr.codecs.BloscCodec(cname="zstd", clevel=5, shuffle="shuffle")
    encoding = {"wind": {"chunks": (10, 100), "shards": (50, 1000), "compressors": [compressor]}}
    data.to_zarr(folder, zarr_format=3, consolidated=True, encoding=encoding)


def describe(folder, **arguments):
    with xr.open_dataset(folder, engine="zarr", **arguments) as data:
        def variables(of):
            return {
                name: {
                    "dims": list(value.dims),
                    "dtype": str(value.dtype),
                    "shape": list(value.shape),
                    "chunks": list(value.encoding["preferred_chunks"].values()),
                    "attrs": sorted(value.attrs),
                }
                for name, value in of.items()
            }

        return {
            "dims": dict(data.sizes),
            "coords": variables(data.coords),
            "data_vars": variables(data.data_vars),
            "attrs": sorted(data.attrs),
            "nbytes": {name: value.nbytes for name, value in data.variables.items()},
        }


def lines(described):
    """One line for each store."""
    stores = ",\n".join(f"{json.dumps(name)}: {json.dumps(of, sort_keys=True)}" for name, of in described.items())
    return "{\n" + stores + "\n}\n"


def main(target):
    described = {}
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)

        def put(name, write, **arguments):
            name = f"v{FORMAT}-{name}.zarr"
            write(str(scratch / name))
            described[name] = describe(str(scratch / name), **arguments)

        arguments = {"zarr_format": FORMAT} if FORMAT == 3 else {}
        put("consolidated", lambda folder: sea_surface().to_zarr(folder, consolidated=True, **arguments))
        put("plain", lambda folder: sea_surface().to_zarr(folder, consolidated=False, **arguments), consolidated=False)
        put("tree", tree, consolidated=False)
        if FORMAT == 3:
            put("sharded", sharded)
        for path in sorted(scratch.rglob("*")):
            if path.name in METADATA:
                to = target / path.relative_to(scratch)
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, to)
    (target / f"described-v{FORMAT}.json").write_text(lines(described))


main(pathlib.Path(sys.argv[1]))
