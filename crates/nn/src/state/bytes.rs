//! Encoding of elements as little-endian bytes, and decoding of every floating-point type found in model files.

use latents_tensor::{Real, Tensor};
use safetensors::Dtype;

/// Returns the element type's name in a file.
pub(super) fn dtype_of<T: Real>() -> Dtype {
    if T::NAME == "f32" { Dtype::F32 } else { Dtype::F64 }
}

/// Appends the elements of a tensor in row-major order. The bits of a NaN are unspecified and differ between machines, so all
/// NaNs are written as the same one.
pub(super) fn append<T: Real>(tensor: &Tensor<T>, out: &mut Vec<u8>) {
    let values = tensor.elements();
    out.reserve(size_of_val(&*values));
    match dtype_of::<T>() {
        Dtype::F32 => values
            .iter()
            .for_each(|x| out.extend((canonical(x.to_f64()) as f32).to_le_bytes())),
        _ => values
            .iter()
            .for_each(|x| out.extend(canonical(x.to_f64()).to_le_bytes())),
    }
}

fn canonical(x: f64) -> f64 {
    if x.is_nan() {
        f64::from_bits(0x7ff8_0000_0000_0000)
    } else {
        x
    }
}

/// Returns whether [`decode`] supports a type.
pub(super) fn is_known(dtype: Dtype) -> bool {
    matches!(dtype, Dtype::F16 | Dtype::BF16 | Dtype::F32 | Dtype::F64)
}

/// Decodes `bytes` into `out`, rounding to nearest if `T` is narrower. Supports the types of [`is_known`] only.
pub(super) fn decode<T: Real>(dtype: Dtype, bytes: &[u8], out: &mut [T]) {
    fn each<T: Real, const N: usize>(bytes: &[u8], out: &mut [T], read: impl Fn([u8; N]) -> f64) {
        let (numbers, _) = bytes.as_chunks::<N>();
        out.iter_mut()
            .zip(numbers)
            .for_each(|(out, number)| *out = T::from_f64(read(*number)));
    }
    match dtype {
        Dtype::F16 => each(bytes, out, |number| half(u16::from_le_bytes(number))),
        Dtype::BF16 => each(bytes, out, |number| {
            f32::from_bits(u32::from(u16::from_le_bytes(number)) << 16).into()
        }),
        Dtype::F32 => each(bytes, out, |number| f32::from_le_bytes(number).into()),
        _ => each(bytes, out, f64::from_le_bytes),
    }
}

/// Returns the value of an IEEE 754 binary16 number: sign, 5 bits of exponent, 10 bits of fraction.
fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (bits >> 10 & 31, f64::from(bits & 1023));
    let magnitude = match exponent {
        0 => fraction * exp2(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * exp2(i32::from(exponent) - 25),
    };
    if bits >> 15 == 1 { -magnitude } else { magnitude }
}

/// Returns 2ⁿ for a small n.
fn exp2(n: i32) -> f64 {
    f64::from_bits(((1023 + n) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_precision_landmarks() {
        let cases = [
            (0x0000, 0.0),
            (0x8000, -0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x3555, 0.333_251_953_125),
            (0x7bff, 65504.0),
            (0x0400, 6.103_515_625e-5),
            (0x0001, 5.960_464_477_539_063e-8),
            (0x03ff, 6.097_555_160_522_461e-5),
            (0xfc00, f64::NEG_INFINITY),
        ];
        for (bits, value) in cases {
            assert_eq!(half(bits).to_bits(), f64::to_bits(value), "{bits:#06x}");
        }
        assert!(half(0x7e01).is_nan());
    }

    #[test]
    fn every_type_reads_into_both() {
        let cases: [(Dtype, &[u8]); 4] = [
            (Dtype::F16, &[0x00, 0x3e, 0x00, 0xc0]),
            (Dtype::BF16, &[0xc0, 0x3f, 0x00, 0xc0]),
            (Dtype::F32, &[0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0]),
            (
                Dtype::F64,
                &[0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0],
            ),
        ];
        for (dtype, bytes) in cases {
            let (mut single, mut double) = ([0.0f32; 2], [0.0f64; 2]);
            decode(dtype, bytes, &mut single);
            decode(dtype, bytes, &mut double);
            assert_eq!((single, double), ([1.5, -2.0], [1.5, -2.0]), "{dtype:?}");
        }
    }

    #[test]
    fn a_nan_is_written_as_one() {
        let nans = [f32::from_bits(0xffc0_0001), f32::NAN];
        let mut bytes = Vec::new();
        append(&Tensor::from_slice(&nans, [2]), &mut bytes);
        assert_eq!(bytes, [0, 0, 0xc0, 0x7f, 0, 0, 0xc0, 0x7f]);
    }
}
