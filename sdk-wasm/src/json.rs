//! JSON values of the platform, which has parsed them.

use auth_core::session::Json;
use js_sys::{Array, JSON, Object, Reflect};
use wasm_bindgen::prelude::*;

/// A value that `JSON.parse` or `Response.json` has returned.
#[derive(Clone)]
pub(crate) struct JsJson(pub(crate) JsValue);

impl Json for JsJson {
    fn member(&self, name: &str) -> Option<Self> {
        // Fails for a value that is not an object.
        let value = Reflect::get(&self.0, &name.into()).ok()?;
        (!value.is_undefined() && !value.is_null()).then_some(Self(value))
    }

    fn as_text(&self) -> Option<String> {
        self.0.as_string()
    }

    fn as_number(&self) -> Option<f64> {
        self.0.as_f64()
    }

    fn is_flag(&self) -> bool {
        self.0.as_bool().is_some()
    }

    fn is_object(&self) -> bool {
        self.0.is_object()
    }

    fn as_list(&self) -> Option<Vec<Self>> {
        Array::is_array(&self.0).then(|| Array::from(&self.0).iter().map(Self).collect())
    }

    fn number(number: f64) -> Self {
        Self(number.into())
    }

    fn list(items: Vec<Self>) -> Self {
        Self(items.into_iter().map(|item| item.0).collect::<Array>().into())
    }

    fn object(members: Vec<(String, Self)>) -> Self {
        let object = Object::new();
        for (name, value) in members {
            // Setting a member of an object of our own does not fail.
            Reflect::set(&object, &name.into(), &value.0).ok();
        }
        Self(object.into())
    }

    fn to_text(&self) -> Option<String> {
        JSON::stringify(&self.0).ok().map(Into::into)
    }
}
