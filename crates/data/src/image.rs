//! The shape of image rows, and options for reading image files.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The shape of an image row: row-major, channels last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageShape {
    /// Height in pixels.
    pub height: usize,
    /// Width in pixels.
    pub width: usize,
    /// Values per pixel: 1 for grey, 3 for RGB, 4 for RGB with opacity.
    pub channels: usize,
}

impl ImageShape {
    /// The shape of a grey image.
    ///
    /// ```
    /// use latents_data::ImageShape;
    /// assert_eq!(ImageShape::grey(28, 28).len(), 784);
    /// ```
    pub fn grey(height: usize, width: usize) -> Self {
        Self {
            height,
            width,
            channels: 1,
        }
    }

    /// Number of values in an image.
    ///
    /// ```
    /// # use latents_data::ImageShape;
    /// assert_eq!(ImageShape { height: 4, width: 5, channels: 3 }.len(), 60);
    /// ```
    pub fn len(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// Whether an image has no values.
    ///
    /// ```
    /// assert!(latents_data::ImageShape::grey(0, 5).is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Height and width of an image in pixels. Its text form is `28x32`; `28` is parsed as `28x28`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ImageSize {
    height: usize,
    width: usize,
}

/// The longest side that can be requested.
const LONGEST: usize = 16_384;

impl ImageSize {
    /// Creates a size of `height` × `width` pixels.
    ///
    /// # Errors
    /// If a side is 0 or above 16,384.
    ///
    /// ```
    /// # use latents_data::ImageSize;
    /// assert_eq!(ImageSize::new(28, 32).unwrap().to_string(), "28x32");
    /// assert!(ImageSize::new(0, 32).is_err());
    /// ```
    pub fn new(height: usize, width: usize) -> Result<Self, InvalidImageOption> {
        let size = Self { height, width };
        match [height, width].iter().all(|side| (1..=LONGEST).contains(side)) {
            true => Ok(size),
            false => Err(InvalidImageOption {
                option: "image size",
                given: size.to_string(),
                requirement: "each side must be 1 to 16384 pixels",
            }),
        }
    }

    /// The size of an image file.
    pub(crate) fn found(height: usize, width: usize) -> Self {
        Self { height, width }
    }

    /// Height in pixels.
    ///
    /// ```
    /// assert_eq!(latents_data::ImageSize::new(28, 32).unwrap().height(), 28);
    /// ```
    pub fn height(self) -> usize {
        self.height
    }

    /// Width in pixels.
    ///
    /// ```
    /// assert_eq!(latents_data::ImageSize::new(28, 32).unwrap().width(), 32);
    /// ```
    pub fn width(self) -> usize {
        self.width
    }

    /// Number of pixels.
    pub(crate) fn pixels(self) -> usize {
        self.height.saturating_mul(self.width)
    }
}

/// Whether images are read as grey or as RGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Color {
    /// One value per pixel: luma with the weights of ITU-R BT.601, 0.299 R + 0.587 G + 0.114 B.
    Grey,
    /// Three values per pixel: red, green, blue.
    Rgb,
}

impl Color {
    /// The colour mode for this image shape.
    pub(crate) fn of(shape: ImageShape) -> Self {
        match shape.channels {
            1 => Self::Grey,
            _ => Self::Rgb,
        }
    }

    /// Number of values per pixel.
    ///
    /// ```
    /// assert_eq!(latents_data::Color::Rgb.channels(), 3);
    /// ```
    pub fn channels(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::Rgb => 3,
        }
    }
}

/// Error from parsing an image size or a colour mode.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{option} {given:?}: {requirement}")]
pub struct InvalidImageOption {
    /// The option.
    pub option: &'static str,
    /// The given text.
    pub given: String,
    /// What is required.
    pub requirement: &'static str,
}

impl FromStr for ImageSize {
    type Err = InvalidImageOption;

    fn from_str(text: &str) -> Result<Self, InvalidImageOption> {
        let wrong = || InvalidImageOption {
            option: "image size",
            given: text.to_owned(),
            requirement: "must be HEIGHTxWIDTH in pixels, such as 28x32, or one number for a square, such as 28",
        };
        let (height, width) = text.split_once(['x', 'X', '×']).unwrap_or((text, text));
        let side = |text: &str| text.trim().parse().map_err(|_| wrong());
        Self::new(side(height)?, side(width)?)
    }
}

impl FromStr for Color {
    type Err = InvalidImageOption;

    fn from_str(text: &str) -> Result<Self, InvalidImageOption> {
        match text.trim().to_lowercase().as_str() {
            "grey" | "gray" => Ok(Self::Grey),
            "rgb" => Ok(Self::Rgb),
            _ => Err(InvalidImageOption {
                option: "color",
                given: text.to_owned(),
                requirement: "must be grey or rgb",
            }),
        }
    }
}

impl fmt::Display for ImageSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.height, self.width)
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Grey => "grey",
            Self::Rgb => "rgb",
        })
    }
}

/// Conversion to and from text for configurations.
macro_rules! as_text {
    ($($name:ident),*) => {$(
        impl TryFrom<String> for $name {
            type Error = InvalidImageOption;

            fn try_from(text: String) -> Result<Self, InvalidImageOption> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
    )*};
}
as_text!(ImageSize, Color);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back() {
        let size: ImageSize = " 32 x 48".parse().unwrap();
        assert_eq!((size.height(), size.width()), (32, 48));
        assert_eq!(size.to_string(), "32x48");
        assert_eq!(serde_json::to_string(&size).unwrap(), "\"32x48\"");
        assert_eq!(serde_json::from_str::<ImageSize>("\"32X48\"").unwrap(), size);
        assert_eq!(" 28 ".parse::<ImageSize>().unwrap().to_string(), "28x28");
        for (text, color) in [("grey", Color::Grey), ("Gray", Color::Grey), ("RGB", Color::Rgb)] {
            assert_eq!(text.parse(), Ok(color));
            assert_eq!(color.to_string().parse(), Ok(color));
        }
        assert_eq!(serde_json::from_str::<Color>("\"rgb\"").unwrap(), Color::Rgb);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for text in ["", "28x", "x28", "-1x3", "2.5x3", "1x2x3"] {
            assert_eq!(
                text.parse::<ImageSize>().unwrap_err().to_string(),
                format!(
                    "image size {text:?}: must be HEIGHTxWIDTH in pixels, such as 28x32, or one number for a square, such as 28"
                )
            );
        }
        assert_eq!("0".parse::<ImageSize>().unwrap_err().given, "0x0");
        for text in ["0x28", "28x0", "16385x1"] {
            assert_eq!(
                text.parse::<ImageSize>().unwrap_err().to_string(),
                format!("image size {text:?}: each side must be 1 to 16384 pixels")
            );
        }
        assert_eq!(
            "red".parse::<Color>().unwrap_err().to_string(),
            "color \"red\": must be grey or rgb"
        );
    }
}
