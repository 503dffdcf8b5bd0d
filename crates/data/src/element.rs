//! Element types.

use std::fmt;

mod sealed {
    pub trait Sealed {}
}

/// The name of an element type.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ElementType {
    /// Booleans, converted to 0 and 1.
    Bool,
    /// Unsigned 8-bit integers.
    U8,
    /// Signed 8-bit integers.
    I8,
    /// Unsigned 16-bit integers.
    U16,
    /// Signed 16-bit integers.
    I16,
    /// Unsigned 32-bit integers.
    U32,
    /// Signed 32-bit integers.
    I32,
    /// Unsigned 64-bit integers, exact up to 2⁵³.
    U64,
    /// Signed 64-bit integers, exact up to ±2⁵³.
    I64,
    /// 32-bit floats; 16-bit floats are widened to this type when read.
    F32,
    /// 64-bit floats.
    F64,
}

impl ElementType {
    /// `"u8"`, `"f32"`, …
    ///
    /// ```
    /// assert_eq!(latents_data::ElementType::F32.name(), "f32");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::U8 => "u8",
            Self::I8 => "i8",
            Self::U16 => "u16",
            Self::I16 => "i16",
            Self::U32 => "u32",
            Self::I32 => "i32",
            Self::U64 => "u64",
            Self::I64 => "i64",
            Self::F32 => "f32",
            Self::F64 => "f64",
        }
    }

    /// The element types that files may contain, for messages.
    pub(crate) fn list() -> &'static str {
        "bool, u8, i8, u16, i16, u32, i32, u64, i64, f16, f32, f64"
    }
}

impl fmt::Display for ElementType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// An element type. Sealed, because readers and gathering are tested for exactly these types.
pub trait Element: sealed::Sealed + Copy + PartialOrd + Send + Sync + 'static {
    /// Its name.
    const TYPE: ElementType;
    /// Whether `f32` represents every value exactly.
    const FITS_F32: bool;

    /// Converts to the nearest `f64`: exact except for 64-bit integers beyond ±2⁵³.
    fn to_f64(self) -> f64;

    /// Converts to the nearest `f32`: exact if [`Element::FITS_F32`].
    fn to_f32(self) -> f32;

    /// Whether the value is a number whose nearest `f32` is finite.
    #[inline(always)]
    fn is_usable(self) -> bool {
        true
    }
}

/// The encoding of elements in files.
pub(crate) trait Raw {
    /// The type in memory.
    type Stored;
    /// Bytes per element in the file.
    const SIZE: usize;
    fn from_little(bytes: &[u8]) -> Self::Stored;
    fn from_big(bytes: &[u8]) -> Self::Stored;
}

/// 16-bit floats in a file, stored as 32-bit floats.
pub(crate) struct Half;

impl Raw for Half {
    type Stored = f32;
    const SIZE: usize = 2;

    #[inline(always)]
    fn from_little(bytes: &[u8]) -> f32 {
        f16_to_f32(u16::from_little(bytes))
    }

    #[inline(always)]
    fn from_big(bytes: &[u8]) -> f32 {
        f16_to_f32(u16::from_big(bytes))
    }
}

/// Booleans in a file: one byte each, 0 for false.
impl Raw for bool {
    type Stored = bool;
    const SIZE: usize = 1;

    #[inline(always)]
    fn from_little(bytes: &[u8]) -> bool {
        bytes[0] != 0
    }

    #[inline(always)]
    fn from_big(bytes: &[u8]) -> bool {
        bytes[0] != 0
    }
}

macro_rules! element {
    ($($t:ident $name:ident $fits:literal),*) => {$(
        impl sealed::Sealed for $t {}
        impl Element for $t {
            const TYPE: ElementType = ElementType::$name;
            const FITS_F32: bool = $fits;

            #[inline(always)]
            fn to_f64(self) -> f64 {
                self as f64
            }

            #[inline(always)]
            fn to_f32(self) -> f32 {
                self as f32
            }
        }
    )*};
}

macro_rules! float {
    ($($t:ident $name:ident $fits:literal),*) => {$(
        impl sealed::Sealed for $t {}
        impl Element for $t {
            const TYPE: ElementType = ElementType::$name;
            const FITS_F32: bool = $fits;

            #[inline(always)]
            fn to_f64(self) -> f64 {
                self as f64
            }

            #[inline(always)]
            fn to_f32(self) -> f32 {
                self as f32
            }

            #[inline(always)]
            fn is_usable(self) -> bool {
                // False for NaN too.
                self.abs() <= f32::MAX as $t
            }
        }
    )*};
}

macro_rules! raw {
    ($($t:ident),*) => {$(
        impl Raw for $t {
            type Stored = $t;
            const SIZE: usize = size_of::<$t>();

            #[inline(always)]
            fn from_little(bytes: &[u8]) -> Self {
                let mut own = [0; size_of::<$t>()];
                own.copy_from_slice(bytes);
                $t::from_le_bytes(own)
            }

            #[inline(always)]
            fn from_big(bytes: &[u8]) -> Self {
                let mut own = [0; size_of::<$t>()];
                own.copy_from_slice(bytes);
                $t::from_be_bytes(own)
            }
        }
    )*};
}

element!(u8 U8 true, i8 I8 true, u16 U16 true, i16 I16 true, u32 U32 false, i32 I32 false, u64 U64 false, i64 I64 false);
float!(f32 F32 true, f64 F64 false);
raw!(u8, i8, u16, i16, u32, i32, u64, i64, f32, f64);

impl sealed::Sealed for bool {}
impl Element for bool {
    const TYPE: ElementType = ElementType::Bool;
    const FITS_F32: bool = true;

    #[inline(always)]
    fn to_f64(self) -> f64 {
        self as u8 as f64
    }

    #[inline(always)]
    fn to_f32(self) -> f32 {
        self as u8 as f32
    }
}

/// Widens a 16-bit float (IEEE 754 binary16), exactly.
pub(crate) fn f16_to_f32(bits: u16) -> f32 {
    let sign = ((bits & 0x8000) as u32) << 16;
    let exponent = (bits >> 10) & 0x1f;
    let fraction = (bits & 0x3ff) as u32;
    let magnitude = match exponent {
        // Subnormal: a multiple of 2⁻²⁴, exact in f32.
        0 => (fraction as f32 / 16_777_216.0).to_bits(),
        0x1f => 0x7f80_0000 | (fraction << 13),
        _ => ((exponent as u32 + 112) << 23) | (fraction << 13),
    };
    f32::from_bits(sign | magnitude)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_widen_exactly() {
        for (bits, value) in [
            (0x0000, 0.0f32),
            (0x0001, 5.960_464_5e-8),
            (0x03ff, 6.097_555e-5),
            (0x0400, 6.103_515_6e-5),
            (0x3555, 0.333_251_95),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
        ] {
            assert_eq!(f16_to_f32(bits), value, "{bits:#06x}");
        }
        assert_eq!(f16_to_f32(0x8000).to_bits(), (-0.0f32).to_bits());
        assert_eq!(f16_to_f32(0xfc00), f32::NEG_INFINITY);
        assert!(f16_to_f32(0x7e01).is_nan());
    }
}
