//! What the CF conventions make of a stored array: <https://cfconventions.org/cf-conventions/cf-conventions.html>. The rules are those of
//! `xarray.open_dataset` with nothing but its defaults: <https://docs.xarray.dev/en/stable/generated/xarray.open_dataset.html>.

use serde_json::Value;

use super::stored::{self, Attributes, DataType, StoredArray};

/// Units of time that CF knows, as xarray reads them for spans.
const SPANS: [&str; 7] =
    ["days", "hours", "minutes", "seconds", "milliseconds", "microseconds", "nanoseconds"];
/// Calendars that `datetime64` can tell; in any other a moment is an object.
const CALENDARS: [&str; 3] = ["standard", "gregorian", "proleptic_gregorian"];

/// An array after decoding.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Decoded {
    /// The type of the values.
    pub(super) data_type: DataType,
    /// The attributes that are left.
    pub(super) attributes: Attributes,
    /// Those that were used up.
    pub(super) encoding: Attributes,
}

/// Decodes as far as it can be told without a value.
pub(super) fn decode(array: &StoredArray) -> Decoded {
    let mut state = Decoded {
        data_type: array.data_type.clone(),
        attributes: array.attributes.clone(),
        encoding: Attributes::new(),
    };
    if array.fill_is_missing
        && let Some(fill) = &array.fill_value
    {
        stored::take(&mut state.attributes, "_FillValue");
        state.attributes.push(("_FillValue".into(), fill.clone()));
    }
    if stored::get(&state.attributes, "coordinates").is_some_and(Value::is_string) {
        state.use_up("coordinates");
    }
    state.numbers();
    state.times();
    state.truth();
    state
}

impl Decoded {
    fn use_up(&mut self, name: &str) -> Option<Value> {
        let value = stored::take(&mut self.attributes, name)?;
        self.encoding.push((name.to_owned(), value.clone()));
        Some(value)
    }

    fn text(&self, name: &str) -> Option<&str> {
        stored::get(&self.attributes, name)?.as_str()
    }

    fn counts_time(&self) -> bool {
        self.text("units").is_some_and(|units| units.contains(" since "))
    }

    /// Missing values, and values that were packed.
    fn numbers(&mut self) {
        let is_text = matches!(self.data_type, DataType::Object | DataType::Other(_));
        let fills = ["_FillValue", "missing_value"].map(|name| self.use_up(name));
        let has_missing = fills.iter().any(Option::is_some);
        self.data_type = match (self.use_up("_Unsigned").as_ref().and_then(Value::as_str), &self.data_type) {
            (Some("true"), DataType::Int(bytes)) => DataType::UInt(*bytes),
            (Some("false"), DataType::UInt(bytes)) => DataType::Int(*bytes),
            (_, same) => same.clone(),
        };
        let (scale, offset) = (self.use_up("scale_factor"), self.use_up("add_offset"));
        let is_packed = scale.is_some() || offset.is_some();
        if is_text {
            return;
        }
        if is_packed {
            let whole = offset.is_none() && scale.is_some_and(|scale| scale.is_i64() || scale.is_u64());
            // A whole factor alone leaves whole numbers whole, unless some are missing.
            self.data_type = if whole && !has_missing { DataType::Int(8) } else { DataType::Float(8) };
        } else if has_missing {
            self.data_type = with_missing(&self.data_type, self.counts_time());
        }
    }

    /// Moments and time spans.
    fn times(&mut self) {
        if self.counts_time() {
            self.use_up("units");
            let calendar = self.use_up("calendar");
            let calendar = calendar.as_ref().and_then(Value::as_str).unwrap_or("standard").to_lowercase();
            let is_told = CALENDARS.contains(&calendar.as_str());
            self.data_type = if is_told { DataType::DateTime("ns".into()) } else { DataType::Object };
            return;
        }
        let unit = self.text("dtype").and_then(|name| name.strip_prefix("timedelta64[")?.strip_suffix(']'));
        let unit = unit.map(str::to_owned);
        if let Some(unit) = unit
            && self.text("units").is_some_and(|units| SPANS.contains(&units))
        {
            self.use_up("units");
            self.use_up("dtype");
            self.data_type = DataType::TimeDelta(unit);
        }
    }

    /// Truth values that were written as numbers.
    fn truth(&mut self) {
        if self.text("dtype") == Some("bool") {
            self.use_up("dtype");
            self.data_type = DataType::Bool;
        }
    }
}

/// The type that can hold a missing value too.
fn with_missing(data_type: &DataType, counts_time: bool) -> DataType {
    match data_type {
        DataType::Int(_) | DataType::UInt(_) if counts_time => DataType::Int(8),
        DataType::Int(..=2) | DataType::UInt(..=2) => DataType::Float(4),
        DataType::Int(_) | DataType::UInt(_) => DataType::Float(8),
        DataType::Bool | DataType::Text(_) | DataType::Bytes(_) => DataType::Object,
        same => same.clone(),
    }
}
