//! Colour maps.

/// Red, green, blue.
pub(crate) type Rgb = [u8; 3];

/// The colour of NaN.
pub(crate) const NOT_A_NUMBER: Rgb = [255, 0, 255];

/// Colour maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Palette {
    /// Black to white.
    Gray,
    /// Black over red and yellow to white, for magnitudes.
    Heat,
    /// Dark violet over green to yellow, perceptually uniform, for arbitrary values.
    Viridis,
    /// Blue over white to red, for signed values with zero in the middle.
    Diverging,
}

/// Colours at equal steps of the range.
const HEAT: [Rgb; 5] = [
    [0, 0, 0],
    [96, 10, 40],
    [213, 94, 0],
    [245, 190, 60],
    [255, 255, 235],
];
const VIRIDIS: [Rgb; 9] = [
    [68, 1, 84],
    [71, 44, 122],
    [59, 81, 139],
    [44, 113, 142],
    [33, 144, 141],
    [39, 173, 129],
    [92, 200, 99],
    [170, 220, 50],
    [253, 231, 37],
];
const DIVERGING: [Rgb; 5] = [
    [0, 68, 136],
    [103, 169, 207],
    [247, 247, 247],
    [239, 138, 98],
    [160, 20, 30],
];

impl Palette {
    /// The colour of a position from 0 to 1; positions outside are clamped.
    pub(crate) fn color(self, share: f32) -> Rgb {
        match self {
            _ if share.is_nan() => NOT_A_NUMBER,
            Palette::Gray => [byte(share); 3],
            Palette::Heat => between(&HEAT, share),
            Palette::Viridis => between(&VIRIDIS, share),
            Palette::Diverging => between(&DIVERGING, share),
        }
    }
}

/// Maps 0…1 to 0…255.
pub(crate) fn byte(share: f32) -> u8 {
    (share.clamp(0.0, 1.0) * 255.0).round() as u8
}

fn between(stops: &[Rgb], share: f32) -> Rgb {
    let place = share.clamp(0.0, 1.0) * (stops.len() - 1) as f32;
    let index = (place as usize).min(stops.len() - 2);
    let part = place - index as f32;
    let mix = |channel: usize| {
        let (low, high) = (stops[index][channel] as f32, stops[index + 1][channel] as f32);
        (low + (high - low) * part).round() as u8
    };
    [mix(0), mix(1), mix(2)]
}

/// The values at the two ends of the palette.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Range {
    /// Fixed ends.
    Fixed(f32, f32),
    /// 0 and 1 if all values are between them, otherwise the minimum and the maximum.
    Data,
    /// −m and m, where m is the largest magnitude within each image.
    SymmetricEach,
}

impl Range {
    /// The ends for `values`; non-finite values are ignored.
    pub(crate) fn ends(self, values: &[f32]) -> (f32, f32) {
        let finite = values.iter().copied().filter(|value| value.is_finite());
        let (low, high) = finite.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        match self {
            Range::Fixed(low, high) => (low, high),
            _ if low > high => (0.0, 1.0),
            Range::SymmetricEach => (-low.abs().max(high.abs()), low.abs().max(high.abs())),
            Range::Data if low >= 0.0 && high <= 1.0 => (0.0, 1.0),
            Range::Data => (low, high),
        }
    }
}

/// Position of `value` between the ends, 0…1; 0.5 if the ends are equal.
pub(crate) fn share(value: f32, (low, high): (f32, f32)) -> f32 {
    if value.is_nan() {
        f32::NAN
    } else if high > low {
        // In f64, because the difference of two f32 can overflow.
        ((value as f64 - low as f64) / (high as f64 - low as f64)).clamp(0.0, 1.0) as f32
    } else {
        0.5
    }
}
