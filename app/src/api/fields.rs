//! What a server function takes, read off its own type: it is asked to deserialize, and what it asks for is written down.

use serde::{
    Deserialize,
    de::{self, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor, value::StringDeserializer},
};

/// What a form field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
    Truth,
}

/// The fields of a server function's input, in their order.
pub(super) fn fields_of<T: for<'de> Deserialize<'de>>() -> Vec<(&'static str, Kind)> {
    let mut found = Vec::new();
    // How it ends does not matter: every field has been named by then.
    let _ = T::deserialize(Asked(&mut found));
    found
}

struct Asked<'a>(&'a mut Vec<(&'static str, Kind)>);

impl<'de> Deserializer<'de> for Asked<'_> {
    type Error = de::value::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        let outcome = visitor.visit_map(Fields { names, found: self.0 });
        // A value that cannot be empty ended the asking; what comes after it is sent as text, like it.
        self.0.extend(names.get(self.0.len()..).unwrap_or_default().iter().map(|name| (*name, Kind::Text)));
        outcome
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(de::Error::custom("only a struct has fields"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

struct Fields<'a> {
    names: &'static [&'static str],
    found: &'a mut Vec<(&'static str, Kind)>,
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = de::value::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Self::Error> {
        let Some(name) = self.names.get(self.found.len()) else { return Ok(None) };
        let key: StringDeserializer<Self::Error> = (*name).to_owned().into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Self::Error> {
        let mut kind = Kind::Text;
        let value = seed.deserialize(Value(&mut kind));
        if let Some(name) = self.names.get(self.found.len()) {
            self.found.push((*name, kind));
        }
        value
    }
}

struct Value<'a>(&'a mut Kind);

impl<'de> Value<'_> {
    fn number<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, de::value::Error> {
        *self.0 = Kind::Number;
        visitor.visit_u8(0)
    }
}

macro_rules! numbers {
    ($($method:ident)+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
            self.number(visitor)
        })+
    };
}

impl<'de> Deserializer<'de> for Value<'_> {
    type Error = de::value::Error;

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        *self.0 = Kind::Truth;
        visitor.visit_bool(false)
    }

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16 deserialize_u32
        deserialize_u64 deserialize_f32 deserialize_f64
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_some(self)
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_str("")
    }

    serde::forward_to_deserialize_any! {
        i128 u128 char str string bytes byte_buf unit unit_struct newtype_struct seq tuple tuple_struct map struct enum
        identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only its shape counts")]
    struct Input {
        #[serde(default)]
        reason: String,
        hours: Option<u32>,
        is_sure: bool,
    }

    #[test]
    fn a_type_says_what_it_takes() {
        let expected = [("reason", Kind::Text), ("hours", Kind::Number), ("is_sure", Kind::Truth)];
        assert_eq!(fields_of::<Input>(), expected);
    }
}
