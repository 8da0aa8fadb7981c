//! A JSON value, in the form in which the shell has it.

/// A parsed JSON value. A vault implements it for the platform's values, so that no second parser is needed.
pub trait Json: Clone {
    /// This member of an object; `None` if it is absent or `null`, or if the value is not an object.
    fn member(&self, name: &str) -> Option<Self>;
    /// A string.
    fn as_text(&self) -> Option<String>;
    /// A number.
    fn as_number(&self) -> Option<f64>;
    /// Whether it is `true` or `false`.
    fn is_flag(&self) -> bool;
    /// Whether it is an object or an array.
    fn is_object(&self) -> bool;
    /// The items of an array.
    fn as_list(&self) -> Option<Vec<Self>>;
    /// A number as a value.
    fn number(number: f64) -> Self;
    /// An array.
    fn list(items: Vec<Self>) -> Self;
    /// An object.
    fn object(members: Vec<(String, Self)>) -> Self;
    /// The value as JSON text.
    fn to_text(&self) -> Option<String>;
}

/// A text member.
pub(super) fn text<J: Json>(value: &J, name: &str) -> Option<String> {
    value.member(name)?.as_text()
}

/// A number of the contract: an integer that is not negative.
pub(super) fn whole<J: Json>(value: &J) -> Option<f64> {
    value.as_number().filter(|number| *number >= 0.0 && number.fract() == 0.0)
}

#[cfg(test)]
impl Json for serde_json::Value {
    fn member(&self, name: &str) -> Option<Self> {
        self.get(name).filter(|value| !value.is_null()).cloned()
    }

    fn as_text(&self) -> Option<String> {
        self.as_str().map(String::from)
    }

    fn as_number(&self) -> Option<f64> {
        self.as_f64()
    }

    fn is_flag(&self) -> bool {
        self.is_boolean()
    }

    fn is_object(&self) -> bool {
        self.is_object() || self.is_array()
    }

    fn as_list(&self) -> Option<Vec<Self>> {
        self.as_array().cloned()
    }

    fn number(number: f64) -> Self {
        Self::from(number)
    }

    fn list(items: Vec<Self>) -> Self {
        Self::Array(items)
    }

    fn object(members: Vec<(String, Self)>) -> Self {
        Self::Object(members.into_iter().collect())
    }

    fn to_text(&self) -> Option<String> {
        Some(self.to_string())
    }
}
