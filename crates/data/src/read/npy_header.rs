//! The header of a `.npy` file: a Python dictionary with type, order and shape.
//!
//! Parsed by hand, because available libraries allocate what the file declares, recurse with its nesting, and add a parser
//! generator to the build, all for three keys.

use crate::read::array::FileType;
use crate::read::input::{Endian, Input};
use crate::{DataError, ElementType};

/// The longest header that is read; NumPy has the same limit.
const LONGEST: usize = 10_000;

pub(crate) const MAGIC: &[u8] = b"\x93NUMPY";

/// What a header says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) kind: FileType,
    pub(crate) endian: Endian,
    pub(crate) column_major: bool,
    pub(crate) shape: Vec<usize>,
}

impl Header {
    /// Reads magic, version and dictionary.
    pub(crate) fn read(input: &mut Input<'_>) -> Result<Self, DataError> {
        const WHAT: &str = "the npy header";
        let mut start = [0; 8];
        input.fill(&mut start, WHAT)?;
        if !start.starts_with(MAGIC) {
            let reason = "not an npy file: it does not start with \\x93NUMPY";
            let hint = "give a file written by numpy.save";
            return Err(DataError::malformed(input.place(), reason, hint));
        }
        let length = match start[6] {
            1 => {
                let mut length = [0; 2];
                input.fill(&mut length, WHAT)?;
                u16::from_le_bytes(length) as usize
            }
            2 | 3 => {
                let mut length = [0; 4];
                input.fill(&mut length, WHAT)?;
                u32::from_le_bytes(length) as usize
            }
            version => {
                let reason = format!("version {version} of the npy format; supported are 1, 2 and 3");
                let hint = "save it again with numpy.save";
                return Err(DataError::malformed(input.place(), reason, hint));
            }
        };
        if length > LONGEST {
            let reason = format!("an npy header of {length} bytes; the limit is {LONGEST}");
            let hint = "save it again with numpy.save, as numbers without named fields";
            return Err(DataError::malformed(input.place(), reason, hint));
        }
        let mut text = vec![0; length];
        input.fill(&mut text, WHAT)?;
        let text = String::from_utf8_lossy(&text);
        Self::parse(&text, input.place())
    }

    fn parse(text: &str, place: &str) -> Result<Self, DataError> {
        let damaged = |reason: String| {
            let reason = format!("damaged npy header: {reason}");
            DataError::malformed(place, reason, "copy it again, or save it again with numpy.save")
        };
        let mut scanner = Scanner { text: text.trim() };
        let (mut descr, mut column_major, mut shape) = (None, None, None);
        scanner.expect("{").map_err(damaged)?;
        while !scanner.take("}") {
            let key = scanner.quoted().map_err(damaged)?;
            scanner.expect(":").map_err(damaged)?;
            match key {
                "descr" if scanner.text.starts_with('[') => {
                    return Err(unsupported(place, "of several fields"));
                }
                "descr" => descr = Some(scanner.quoted().map_err(damaged)?),
                "fortran_order" => column_major = Some(scanner.truth().map_err(damaged)?),
                "shape" => shape = Some(scanner.lengths().map_err(damaged)?),
                key => return Err(damaged(format!("unknown key {key:?}"))),
            }
            if !scanner.take(",") {
                scanner.expect("}").map_err(damaged)?;
                break;
            }
        }
        let (Some(descr), Some(column_major), Some(shape)) = (descr, column_major, shape) else {
            return Err(damaged("one of descr, fortran_order and shape is missing".into()));
        };
        let (kind, endian) = element_type(descr).ok_or_else(|| unsupported(place, descr))?;
        Ok(Self {
            kind,
            endian,
            column_major,
            shape,
        })
    }
}

fn unsupported(place: &str, found: &str) -> DataError {
    DataError::UnsupportedType {
        place: place.to_owned(),
        found: found.to_owned(),
    }
}

/// Parses `<f4` and the like: byte order, kind, size.
fn element_type(descr: &str) -> Option<(FileType, Endian)> {
    use ElementType::*;
    let (endian, kind) = match descr.split_at_checked(1)? {
        ("<" | "|", kind) => (Endian::Little, kind),
        (">", kind) => (Endian::Big, kind),
        // The byte order of the writing machine; current machines are little-endian.
        ("=", kind) => (Endian::Little, kind),
        _ => (Endian::Little, descr),
    };
    let stored = match kind {
        "?" | "b1" => Bool,
        "u1" => U8,
        "i1" => I8,
        "u2" => U16,
        "i2" => I16,
        "u4" => U32,
        "i4" => I32,
        "u8" => U64,
        "i8" => I64,
        "f2" => return Some((FileType::F16, endian)),
        "f4" => F32,
        "f8" => F64,
        _ => return None,
    };
    Some((FileType::Stored(stored), endian))
}

/// Parses the literals of a header from front to back.
struct Scanner<'a> {
    text: &'a str,
}

impl<'a> Scanner<'a> {
    fn skip(&mut self, length: usize) {
        self.text = self.text[length..].trim_start();
    }

    fn take(&mut self, token: &str) -> bool {
        let found = self.text.starts_with(token);
        if found {
            self.skip(token.len());
        }
        found
    }

    fn expect(&mut self, token: &str) -> Result<(), String> {
        if self.take(token) {
            return Ok(());
        }
        let rest: String = self.text.chars().take(20).collect();
        Err(format!("{token:?} expected at {rest:?}"))
    }

    fn quoted(&mut self) -> Result<&'a str, String> {
        let quote = match self.text.chars().next() {
            Some(quote @ ('\'' | '"')) => quote,
            _ => return Err("a quoted text is missing".into()),
        };
        let inner = &self.text[1..];
        let end = inner.find(quote).ok_or("a quoted text does not end")?;
        self.skip(end + 2);
        Ok(&inner[..end])
    }

    fn truth(&mut self) -> Result<bool, String> {
        if self.take("True") {
            return Ok(true);
        }
        self.expect("False").map(|()| false)
    }

    /// Parses a tuple of lengths: `()`, `(3,)`, `(60000, 784)`; Python 2 wrote `3L`.
    fn lengths(&mut self) -> Result<Vec<usize>, String> {
        self.expect("(")?;
        let mut lengths = Vec::new();
        while !self.take(")") {
            let digits = self.text.bytes().take_while(u8::is_ascii_digit).count();
            let length = self.text[..digits].parse();
            lengths
                .push(length.map_err(|_| "a length in shape is not a whole number of this machine's size")?);
            self.skip(digits);
            self.take("L");
            if !self.take(",") {
                self.expect(")")?;
                break;
            }
        }
        Ok(lengths)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Header, String> {
        Header::parse(text, "x.npy").map_err(|error| error.to_string())
    }

    #[test]
    fn headers_of_numpy() {
        let header = parse("{'descr': '>f8', 'fortran_order': True, 'shape': (60000, 784), }   \n").unwrap();
        assert_eq!(
            header,
            Header {
                kind: FileType::Stored(ElementType::F64),
                endian: Endian::Big,
                column_major: true,
                shape: vec![60000, 784]
            }
        );
        let header = parse("{\"shape\": (3L,), \"descr\": \"|b1\", \"fortran_order\": False}").unwrap();
        assert_eq!(
            (header.shape, header.kind),
            (vec![3], FileType::Stored(ElementType::Bool))
        );
        assert_eq!(
            parse("{'descr':'<f2','fortran_order':False,'shape':()}")
                .unwrap()
                .shape,
            [0usize; 0]
        );
    }

    #[test]
    fn damaged_headers_are_errors() {
        for text in [
            "",
            "{",
            "{'descr': '<f4'}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (3",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (-3,)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999999,)}",
            "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (3,)}",
            "{'descr': '<f4, 'fortran_order': False, 'shape': (3,)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': ((((((((3,)}",
            "{'é': 1}",
        ] {
            assert!(parse(text).unwrap_err().contains("damaged npy header"), "{text}");
        }
    }

    #[test]
    fn other_types_are_named() {
        for descr in [
            "'<c8'",
            "'|O'",
            "'<U10'",
            "'<M8[ns]'",
            "'>f16'",
            "''",
            "[('a', '<f4')]",
        ] {
            let text = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (3,)}}");
            let error = parse(&text).unwrap_err();
            assert!(
                error.contains("convert the elements to one of bool, u8"),
                "{error}"
            );
        }
    }
}
