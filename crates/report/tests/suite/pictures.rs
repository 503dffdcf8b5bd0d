//! Pictures are decoded again and looked at pixel by pixel.

use latents_report::pictures::{Grid, ImageShape, Palette, Range, heat_map, image_grid, reconstructions};
use latents_tensor::Tensor;

/// A decoded picture: three bytes a pixel.
struct Picture {
    dimensions: (u32, u32),
    bytes: Vec<u8>,
}

impl Picture {
    fn pixel(&self, column: u32, row: u32) -> [u8; 3] {
        let index = (row * self.dimensions.0 + column) as usize;
        self.pixels().nth(index).expect("a pixel of the picture")
    }

    fn pixels(&self) -> impl Iterator<Item = [u8; 3]> + '_ {
        self.bytes
            .chunks_exact(3)
            .map(|pixel| [pixel[0], pixel[1], pixel[2]])
    }
}

fn decoded(png: &[u8]) -> Picture {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    assert_eq!(
        (info.color_type, info.bit_depth),
        (png::ColorType::Rgb, png::BitDepth::Eight)
    );
    Picture {
        dimensions: (info.width, info.height),
        bytes,
    }
}

#[test]
fn an_image_keeps_its_pixels() {
    let values = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0];
    let grid = Grid {
        scale: Some(1),
        padding: 0,
        ..Grid::default()
    };
    let picture = decoded(&image_grid(
        &Tensor::from_slice(&values, [1, 6]),
        ImageShape::grey(2, 3),
        &grid,
    ));
    assert_eq!(picture.dimensions, (3, 2));
    let gray: Vec<u8> = picture.pixels().map(|pixel| pixel[0]).collect();
    assert_eq!(gray, [0, 51, 102, 153, 204, 255]);
}

#[test]
fn originals_stand_above_reconstructions() {
    let shape = ImageShape::grey(8, 8);
    let png = reconstructions(&Tensor::zeros([3, 64]), &Tensor::full([3, 64], 0.2), Some(shape));
    let picture = decoded(&png);
    // Three pairs side by side, scaled by 7; padding 4 around them and 2 inside.
    assert_eq!(picture.dimensions, (3 * 56 + 4 * 4, 2 * 56 + 2 + 2 * 4));
    assert_eq!(picture.pixel(4, 4), [0; 3]);
    assert_eq!(picture.pixel(4, 4 + 56), [255; 3]);
    assert_eq!(picture.pixel(4, 4 + 56 + 2), [51; 3]);
}

#[test]
fn values_beyond_0_and_1_take_the_range_of_the_originals() {
    let originals = Tensor::from_slice(&[-2.0, 2.0, 0.0, 0.0], [1, 4]);
    let copies = Tensor::from_slice(&[-9.0, 9.0, f32::NAN, 1.0], [1, 4]);
    let picture = decoded(&reconstructions(
        &originals,
        &copies,
        Some(ImageShape::grey(2, 2)),
    ));
    let below = |column: u32, row: u32| picture.pixel(4 + 28 * column, 4 + 56 + 2 + 28 * row);
    assert_eq!(below(0, 0), [0; 3]);
    assert_eq!(below(1, 0), [255; 3]);
    assert_eq!(below(0, 1), [255, 0, 255], "what is not a number stands out");
    assert_eq!(below(1, 1), [191; 3]);
}

#[test]
fn colour_images_keep_their_channels() {
    let shape = ImageShape {
        height: 1,
        width: 2,
        channels: 3,
    };
    let grid = Grid {
        scale: Some(1),
        padding: 0,
        ..Grid::default()
    };
    let image = Tensor::from_slice(&[1.0, 0.0, 0.0, 0.0, 0.4, 1.0], [1, 6]);
    let picture = decoded(&image_grid(&image, shape, &grid));
    assert_eq!(picture.bytes[..], [255, 0, 0, 0, 102, 255]);
}

#[test]
fn rows_without_an_image_shape_become_strips() {
    let originals = Tensor::from_fn([5, 7], |i| i as f32);
    let picture = decoded(&reconstructions(&originals, &originals, None));
    assert_eq!(picture.dimensions, (7 * 91 + 12, 5 * 34 + 6));
    assert_eq!(picture.pixel(6, 6), picture.pixel(6, 6 + 14));
    assert_ne!(picture.pixel(6, 6), picture.pixel(6, 6 + 4 * 34));
}

#[test]
fn a_heat_map_of_one_value_has_one_colour() {
    let picture = decoded(&heat_map(
        &Tensor::full([3, 10], 5.0),
        Palette::Viridis,
        Range::Data,
    ));
    let first = picture.pixel(0, 0);
    assert!(picture.pixels().all(|pixel| pixel == first));
}

#[test]
fn views_are_drawn_as_they_are_seen() {
    let rows = Tensor::from_fn([4, 6], |i| i as f32 / 24.0);
    let columns = Tensor::from_fn([6, 4], |i| (i % 4 * 6 + i / 4) as f32 / 24.0);
    let grid = Grid::default();
    let shape = ImageShape::grey(2, 3);
    assert_eq!(
        image_grid(&rows, shape, &grid),
        image_grid(&columns.transpose(), shape, &grid)
    );
}

#[test]
#[should_panic(expected = "one per row")]
fn rows_of_another_length_are_a_mistake() {
    image_grid(&Tensor::zeros([2, 5]), ImageShape::grey(2, 2), &Grid::default());
}
