//! Pictures are decoded again and looked at pixel by pixel.

use latents_report::pictures::{Grid, ImageShape, Palette, Range, heat_map, image_grid, reconstructions};
use latents_tensor::Tensor;

fn decoded(png: &[u8]) -> image::RgbImage {
    image::load_from_memory_with_format(png, image::ImageFormat::Png)
        .unwrap()
        .into_rgb8()
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
        ImageShape::gray(2, 3),
        &grid,
    ));
    assert_eq!(picture.dimensions(), (3, 2));
    let gray: Vec<u8> = picture.pixels().map(|pixel| pixel.0[0]).collect();
    assert_eq!(gray, [0, 51, 102, 153, 204, 255]);
}

#[test]
fn originals_stand_above_reconstructions() {
    let shape = ImageShape::gray(8, 8);
    let png = reconstructions(&Tensor::zeros([3, 64]), &Tensor::full([3, 64], 0.2), Some(shape));
    let picture = decoded(&png);
    // Three pairs side by side, scaled by 7; padding 4 around them and 2 inside.
    assert_eq!(picture.dimensions(), (3 * 56 + 4 * 4, 2 * 56 + 2 + 2 * 4));
    assert_eq!(picture.get_pixel(4, 4).0, [0; 3]);
    assert_eq!(picture.get_pixel(4, 4 + 56).0, [255; 3]);
    assert_eq!(picture.get_pixel(4, 4 + 56 + 2).0, [51; 3]);
}

#[test]
fn values_beyond_0_and_1_take_the_range_of_the_originals() {
    let originals = Tensor::from_slice(&[-2.0, 2.0, 0.0, 0.0], [1, 4]);
    let copies = Tensor::from_slice(&[-9.0, 9.0, f32::NAN, 1.0], [1, 4]);
    let picture = decoded(&reconstructions(
        &originals,
        &copies,
        Some(ImageShape::gray(2, 2)),
    ));
    let below = |column: u32, row: u32| picture.get_pixel(4 + 28 * column, 4 + 56 + 2 + 28 * row).0;
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
    assert_eq!(picture.as_raw()[..], [255, 0, 0, 0, 102, 255]);
}

#[test]
fn rows_without_an_image_shape_become_strips() {
    let originals = Tensor::from_fn([5, 7], |i| i as f32);
    let picture = decoded(&reconstructions(&originals, &originals, None));
    assert_eq!(picture.dimensions(), (7 * 91 + 12, 5 * 34 + 6));
    assert_eq!(picture.get_pixel(6, 6).0, picture.get_pixel(6, 6 + 14).0);
    assert_ne!(picture.get_pixel(6, 6).0, picture.get_pixel(6, 6 + 4 * 34).0);
}

#[test]
fn a_heat_map_of_one_value_has_one_colour() {
    let picture = decoded(&heat_map(
        &Tensor::full([3, 10], 5.0),
        Palette::Viridis,
        Range::Data,
    ));
    let first = picture.get_pixel(0, 0);
    assert!(picture.pixels().all(|pixel| pixel == first));
}

#[test]
fn views_are_drawn_as_they_are_seen() {
    let rows = Tensor::from_fn([4, 6], |i| i as f32 / 24.0);
    let columns = Tensor::from_fn([6, 4], |i| (i % 4 * 6 + i / 4) as f32 / 24.0);
    let grid = Grid::default();
    let shape = ImageShape::gray(2, 3);
    assert_eq!(
        image_grid(&rows, shape, &grid),
        image_grid(&columns.transpose(), shape, &grid)
    );
}

#[test]
#[should_panic(expected = "one image per row")]
fn rows_of_another_length_are_a_mistake() {
    image_grid(&Tensor::zeros([2, 5]), ImageShape::gray(2, 2), &Grid::default());
}
