//! The stores beside the tests are compared with xarray through the whole service; here is what they do not hold.

use serde_json::json;

use super::decode::decode;
use super::*;

fn array(data_type: DataType, dimensions: &[&str], attributes: &Value) -> StoredArray {
    StoredArray {
        shape: dimensions.iter().map(|_| 4).collect(),
        dimensions: Some(dimensions.iter().map(|name| Some((*name).to_owned())).collect()),
        data_type,
        chunks: Some(dimensions.iter().map(|_| 3).collect()),
        shards: None,
        codecs: Vec::new(),
        fill_value: None,
        fill_is_missing: true,
        attributes: attributes.as_object().unwrap().clone().into_iter().collect(),
    }
}

fn stored(arrays: Vec<(&str, StoredArray)>) -> Stored {
    let arrays = arrays.into_iter().map(|(path, array)| (path.to_owned(), array)).collect();
    Stored { zarr_format: 2, is_complete: true, groups: BTreeMap::new(), arrays }
}

#[test]
fn s9_a_small_file_makes_no_large_page() {
    let named = array(DataType::Int(2), &["x"], &json!({}));
    let many = StoredArray { shape: vec![1; 65], dimensions: None, chunks: None, ..named.clone() };
    let most = StoredArray { shape: vec![1; 64], ..many.clone() };
    let long = "n".repeat(1025);
    assert!(Dataset::read(stored(vec![("a", most)])).is_ok());
    for store in [
        vec![("a", many)],
        vec![(long.as_str(), named)],
        vec![("a", array(DataType::Int(2), &[&long], &json!({})))],
    ] {
        let error = Dataset::read(stored(store)).unwrap_err();
        assert!(matches!(error, DatasetError::TooLarge { .. }), "{error}");
    }
}

#[test]
fn values_have_the_type_that_xarray_reads_them_as() {
    use DataType::{Bool, Bytes, DateTime, Float, Int, Object, Text, UInt};
    for (data_type, attributes, expected) in [
        (Int(2), json!({}), "int16"),
        (Int(2), json!({"_FillValue": 1}), "float32"),
        (Int(4), json!({"missing_value": 1}), "float64"),
        (Float(4), json!({"_FillValue": 1.0}), "float32"),
        (Int(2), json!({"scale_factor": 0.1}), "float64"),
        (Int(2), json!({"scale_factor": 2}), "int64"),
        (Int(2), json!({"scale_factor": 2, "_FillValue": 0}), "float64"),
        (Float(4), json!({"add_offset": 1}), "float64"),
        (Int(1), json!({"_Unsigned": "true"}), "uint8"),
        (UInt(2), json!({"_Unsigned": "false"}), "int16"),
        (Int(8), json!({"units": "hours since 1900-01-01"}), "datetime64[ns]"),
        (Int(4), json!({"units": "days since 1900-01-01", "_FillValue": -1}), "datetime64[ns]"),
        (Float(8), json!({"units": "days since 0001-01-01", "calendar": "Gregorian"}), "datetime64[ns]"),
        (Float(8), json!({"units": "days since 0001-01-01", "calendar": "360_day"}), "object"),
        (Float(8), json!({"units": 5}), "float64"),
        (Int(8), json!({"units": "days"}), "int64"),
        (Int(8), json!({"units": "days", "dtype": "timedelta64[s]"}), "timedelta64[s]"),
        (Int(1), json!({"dtype": "bool"}), "bool"),
        (Bool, json!({"_FillValue": false}), "object"),
        (Text(3), json!({"_FillValue": ""}), "object"),
        (Bytes(3), json!({}), "|S3"),
        (Object, json!({"_FillValue": "", "scale_factor": 1.0}), "object"),
        (DateTime("s".into()), json!({}), "datetime64[s]"),
    ] {
        let decoded = decode(&array(data_type.clone(), &["x"], &attributes));
        assert_eq!(decoded.data_type.to_string(), expected, "{data_type:?} {attributes}");
    }
}

#[test]
fn only_the_second_format_takes_what_was_never_written_for_missing() {
    let mut one = array(DataType::Int(4), &["x"], &json!({}));
    one.fill_value = Some(json!(0));
    assert_eq!(decode(&one).data_type, DataType::Float(8));
    one.fill_is_missing = false;
    assert_eq!(decode(&one).data_type, DataType::Int(4));
}

#[test]
fn what_was_used_in_decoding_is_no_attribute_any_more() {
    let attributes = json!({"units": "days since 2000-01-01", "calendar": "standard", "long_name": "time", "coordinates": "a b"});
    let decoded = decode(&array(DataType::Int(4), &["x"], &attributes));
    assert_eq!(decoded.attributes, [("long_name".to_owned(), json!("time"))]);
    let used: Vec<&str> = decoded.encoding.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(used, ["coordinates", "units", "calendar"]);
}

#[test]
fn coordinates_are_what_labels_a_dimension_or_is_named_as_one() {
    let float = |dimensions: &[&str], attributes: Value| array(DataType::Float(4), dimensions, &attributes);
    let mut store = stored(vec![
        ("area", float(&["y", "x"], json!({"coordinates": "lat lon nowhere"}))),
        ("lat", float(&["y", "x"], json!({}))),
        ("lon", float(&["y", "x"], json!({}))),
        ("height", float(&[], json!({}))),
        ("x", float(&["x"], json!({}))),
        ("mask", float(&["y"], json!({"coordinates": 5}))),
    ]);
    store
        .groups
        .insert(String::new(), vec![("coordinates".into(), json!("height")), ("title".into(), json!("t"))]);
    let Dataset { root, .. } = Dataset::read(store).unwrap();
    let names = |variables: &[Variable]| variables.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&root.coordinates), ["x", "height", "lat", "lon"]);
    assert_eq!(names(&root.variables), ["area", "mask"]);
    assert_eq!(root.attributes, [("title".to_owned(), json!("t"))]);
    let labelled: Vec<_> = root.dimensions.iter().map(|one| (one.name.as_str(), one.is_labelled)).collect();
    assert_eq!(labelled, [("y", false), ("x", true)]);
}

#[test]
fn arrays_that_contradict_each_other_make_no_dataset() {
    let mut longer = array(DataType::Bool, &["x"], &json!({}));
    longer.shape = vec![5];
    let store = stored(vec![("a", array(DataType::Bool, &["x"], &json!({}))), ("b", longer)]);
    let error = Dataset::read(store).unwrap_err();
    assert_eq!(error.to_string(), r#"conflicting sizes for dimension "x": 4 and 5"#);
    let mut misnamed = array(DataType::Bool, &["x"], &json!({}));
    misnamed.shape = vec![5, 5];
    let error = Dataset::read(stored(vec![("a", misnamed)])).unwrap_err();
    assert_eq!(error.to_string(), r#"the array "a" has 2 dimensions and names 1"#);
}

#[test]
fn arrays_without_names_for_their_dimensions_get_some_of_their_own() {
    let mut one = array(DataType::Bool, &["x", "y"], &json!({}));
    one.dimensions = None;
    let mut other = one.clone();
    (other.shape, other.dimensions) = (vec![7, 8], Some(vec![None, Some("y".into())]));
    let Dataset { root, .. } = Dataset::read(stored(vec![("a", one), ("b", other)])).unwrap();
    let names: Vec<_> = root.dimensions.iter().map(|one| (one.name.as_str(), one.size)).collect();
    assert_eq!(names, [("a_dim_0", 4), ("a_dim_1", 4), ("b_dim_0", 7), ("y", 8)]);
}

#[test]
fn sizes_that_cannot_be_counted_are_left_out() {
    let mut one = array(DataType::Float(8), &["x", "y"], &json!({}));
    one.shape = vec![u64::MAX, u64::MAX];
    one.chunks = Some(vec![1, 0]);
    assert_eq!(one.chunk_count(), None);
    let Dataset { root, .. } = Dataset::read(stored(vec![("a", one)])).unwrap();
    assert_eq!(root.variables[0].bytes(), None);
}
