//! Reads a type from the text of a configuration value.

use serde::de::value::StringDeserializer;
use serde::de::{
    DeserializeOwned, Deserializer, EnumAccess, Error as _, IntoDeserializer, Unexpected,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

/// Reads `T`: a string, a boolean or a number as it stands, anything else from JSON.
pub(super) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    T::deserialize(Text(text))
}

struct Text<'a>(&'a str);

impl<'a> Text<'a> {
    fn json<'de, V: Visitor<'de>>(
        self,
        visit: impl FnOnce(serde_json::Value, V) -> Result<V::Value, serde_json::Error>,
        visitor: V,
    ) -> Result<V::Value, serde_json::Error> {
        let value = serde_json::from_str(self.0)?;
        visit(value, visitor)
    }

    fn number<N: std::str::FromStr>(&self, expected: &'static str) -> Result<N, serde_json::Error> {
        self.0
            .parse()
            .map_err(|_| serde_json::Error::invalid_value(Unexpected::Str(self.0), &expected))
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident $type:ty, $expected:literal;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
            visitor.$visit(self.number::<$type>($expected)?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Text<'_> {
    type Error = serde_json::Error;

    numbers! {
        deserialize_i8 visit_i8 i8, "a whole number";
        deserialize_i16 visit_i16 i16, "a whole number";
        deserialize_i32 visit_i32 i32, "a whole number";
        deserialize_i64 visit_i64 i64, "a whole number";
        deserialize_u8 visit_u8 u8, "a whole number of at least 0";
        deserialize_u16 visit_u16 u16, "a whole number of at least 0";
        deserialize_u32 visit_u32 u32, "a whole number of at least 0";
        deserialize_u64 visit_u64 u64, "a whole number of at least 0";
        deserialize_f32 visit_f32 f32, "a number";
        deserialize_f64 visit_f64 f64, "a number";
        deserialize_bool visit_bool bool, "`true` or `false`";
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_str(self.0)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_str(self.0)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_str(self.0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        if self.0.trim_start().starts_with('{') {
            return self.json(
                |value, visitor| value.deserialize_enum(name, variants, visitor),
                visitor,
            );
        }
        visitor.visit_enum(Unit(self.0))
    }

    /// Whoever takes anything takes JSON where it is JSON, and otherwise the text.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        match serde_json::from_str::<serde_json::Value>(self.0) {
            Ok(value) => value.deserialize_any(visitor),
            Err(_) if !self.0.trim_start().starts_with(['{', '[']) => visitor.visit_str(self.0),
            Err(error) => Err(error),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.json(Deserializer::deserialize_seq, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.json(Deserializer::deserialize_map, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.json(
            |value, visitor| value.deserialize_struct(name, fields, visitor),
            visitor,
        )
    }

    forward_to_deserialize_any! {
        i128 u128 bytes byte_buf unit unit_struct tuple tuple_struct identifier ignored_any
    }
}

/// A variant without data, by its bare name.
struct Unit<'a>(&'a str);

impl<'de> EnumAccess<'de> for Unit<'_> {
    type Error = serde_json::Error;
    type Variant = NoData;

    fn variant_seed<S: serde::de::DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, NoData), Self::Error> {
        let name: StringDeserializer<Self::Error> = self.0.to_owned().into_deserializer();
        Ok((seed.deserialize(name)?, NoData))
    }
}

struct NoData;

impl<'de> VariantAccess<'de> for NoData {
    type Error = serde_json::Error;

    fn unit_variant(self) -> Result<(), Self::Error> {
        Ok(())
    }

    fn newtype_variant_seed<S: serde::de::DeserializeSeed<'de>>(
        self,
        _seed: S,
    ) -> Result<S::Value, Self::Error> {
        Err(serde_json::Error::custom(
            "this variant needs a JSON object",
        ))
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        _len: usize,
        _visitor: V,
    ) -> Result<V::Value, Self::Error> {
        Err(serde_json::Error::custom(
            "this variant needs a JSON object",
        ))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Self::Error> {
        Err(serde_json::Error::custom(
            "this variant needs a JSON object",
        ))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::parse;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "kebab-case")]
    enum Logging {
        Off,
        Required { days: u32 },
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Gateway {
        logging: Logging,
        names: Vec<String>,
    }

    #[test]
    fn text_that_looks_like_a_number_can_be_a_string() {
        assert_eq!(parse::<String>("0123").unwrap(), "0123");
        assert_eq!(
            parse::<Option<String>>("true").unwrap(),
            Some("true".into())
        );
    }

    #[test]
    fn numbers_and_booleans_are_read_from_the_raw_text() {
        assert_eq!(parse::<u16>("8080").unwrap(), 8080);
        assert_eq!(parse::<f64>("0.5").unwrap(), 0.5);
        assert!(parse::<bool>("true").unwrap());
        assert!(parse::<u16>("-1").is_err());
        assert!(parse::<i64>("1.5").is_err());
    }

    #[test]
    fn objects_and_lists_are_json() {
        let gateway: Gateway =
            parse(r#"{"logging":{"required":{"days":7}},"names":["a"]}"#).unwrap();
        assert_eq!(gateway.logging, Logging::Required { days: 7 });
        assert_eq!(parse::<Vec<u8>>("[1,2]").unwrap(), [1, 2]);
        assert_eq!(
            parse::<BTreeMap<String, u8>>(r#"{"a":1}"#).unwrap(),
            BTreeMap::from([("a".to_owned(), 1)])
        );
    }

    #[test]
    fn an_enum_is_its_bare_name_or_a_json_object() {
        assert_eq!(parse::<Logging>("off").unwrap(), Logging::Off);
        assert_eq!(
            parse::<Logging>(r#"{"required":{"days":1}}"#).unwrap(),
            Logging::Required { days: 1 }
        );
        assert!(parse::<Logging>("on").is_err());
    }
}
