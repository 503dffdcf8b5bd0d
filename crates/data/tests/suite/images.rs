//! Images as data: beside what Pillow reads, folders and their labels, sizes, and files that are bad.

use crate::common;

use common::*;
use latents_data::{Color, DataError, Dataset, ImageShape, ImageSize, Loaded, OpenOptions, Scaling, open};
use std::fs;
use std::path::Path;

fn load_with(spec: &str, options: OpenOptions) -> Result<Loaded, DataError> {
    open(spec, &options)
}

fn sized(height: usize, width: usize) -> OpenOptions {
    OpenOptions::default().image_size(ImageSize::new(height, width).unwrap())
}

fn skipping() -> OpenOptions {
    OpenOptions::default().skip_bad(true)
}

/// The stored values of all rows.
fn stored(data: &Dataset) -> Vec<f32> {
    let rows: Vec<usize> = (0..data.rows()).collect();
    let plain = data.clone().with_scaling(Scaling::None).unwrap();
    plain.gather::<f32>(&rows).to_vec()
}

/// A PNG of one grey.
fn png(height: u32, width: u32, grey: u8) -> Vec<u8> {
    png_of(
        height,
        width,
        png::ColorType::Grayscale,
        &vec![grey; (height * width) as usize],
    )
}

fn png_of(height: u32, width: u32, color: png::ColorType, values: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(color);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header().unwrap().write_image_data(values).unwrap();
    bytes
}

impl Folder {
    /// Writes a file into a sub-folder.
    fn below(&self, folder: &str, name: &str, bytes: impl AsRef<[u8]>) {
        fs::create_dir_all(self.path().join(folder)).unwrap();
        self.file(&format!("{folder}/{name}"), bytes);
    }

    fn spec(&self) -> String {
        self.path().to_str().unwrap().to_owned()
    }
}

const IMAGES: [(&str, f32); 12] = [
    ("grey.png", 0.0),
    ("rgb.png", 0.0),
    ("rgba.png", 0.0),
    ("la.png", 0.0),
    ("palette.png", 0.0),
    ("bits.png", 0.0),
    ("deep.png", 0.0),
    // Decoders of JPEG may round their transforms differently.
    ("grey.jpg", 2.0),
    ("rgb.jpg", 2.0),
    ("progressive.jpg", 2.0),
    // And interpolate colours of half the resolution differently.
    ("halved.jpg", 6.0),
    ("inks.jpg", 3.0),
];

#[test]
fn pixels_and_resized_pixels_are_pillows() {
    for (name, tolerance) in IMAGES {
        for (color, label, (height, width)) in [(Color::Grey, "grey", (9, 4)), (Color::Rgb, "rgb", (40, 30))]
        {
            let plain = OpenOptions::default().color(color);
            let resized = sized(height, width).color(color);
            for (options, key, tolerance) in [
                (plain, format!("{name}.{label}"), tolerance),
                (
                    resized,
                    format!("{name}.{label}.{height}x{width}"),
                    tolerance + 1.0,
                ),
            ] {
                let ours = load_with(&fixture(&format!("images/{name}")), options)
                    .unwrap()
                    .train;
                let theirs = load(&format!("{}:{key}", fixture("images/expected.npz")))
                    .unwrap()
                    .train;
                let (ours, theirs) = (stored(&ours), stored(&theirs));
                assert_eq!(ours.len(), theirs.len(), "{key}");
                let worst = ours
                    .iter()
                    .zip(&theirs)
                    .map(|(a, b)| (a - b).abs())
                    .fold(0.0, f32::max);
                assert!(worst <= tolerance, "{key}: {worst}");
            }
        }
    }
}

#[test]
fn an_image_is_one_row_of_bytes() {
    let data = load(&fixture("images/rgb.jpg")).unwrap().train;
    let shape = ImageShape {
        height: 16,
        width: 21,
        channels: 3,
    };
    assert_eq!((data.rows(), data.image_shape()), (1, Some(shape)));
    assert!(
        data.describe()
            .contains("rgb.jpg: 1 row × 1,008 columns (images 16×21×3) of u8, values "),
        "{}",
        data.describe()
    );
    let grey = load(&fixture("images/la.png")).unwrap().train;
    assert_eq!(grey.columns(), 16 * 21);
    let folder = Folder::new();
    let error = message(load_labelled(&folder.file("a.png", png(2, 2, 1)), "y"), &folder);
    assert!(
        error.contains("no label column") && error.contains("sub-folder per label"),
        "{error}"
    );
}

#[test]
fn a_folder_is_read_in_the_order_of_its_names() {
    let folder = Folder::new();
    for (name, grey) in [
        ("b.png", 2),
        ("a.PNG", 1),
        ("c10.png", 3),
        ("c9.png", 4),
        ("._a.png", 9),
    ] {
        folder.file(name, png(2, 3, grey));
    }
    folder.file("readme.txt", "no image");
    fs::create_dir(folder.path().join("empty")).unwrap();
    let loaded = load(&folder.spec()).unwrap();
    let data = loaded.train;
    assert_eq!(stored(&data), [1.0, 2.0, 3.0, 4.0].map(|grey| [grey; 6]).concat());
    assert!(!data.has_labels() && loaded.validation.is_none() && loaded.skipped.is_empty());
    assert_eq!(data.gather::<f32>(&[1]).to_vec()[0], 2.0 / 255.0);
}

#[test]
fn sub_folders_are_labels_and_content_tells_the_format() {
    let folder = Folder::new();
    folder.below("dog", "2.jpg", png(2, 2, 4));
    folder.below("dog", "1.png", png(2, 2, 3));
    folder.below("cat", "2.jpeg", png(2, 2, 2));
    folder.below("cat", "1.png", png(2, 2, 1));
    folder.below(".git", "1.png", png(2, 2, 9));
    folder.below("notes", "a.txt", "text");
    let data = load(&folder.spec()).unwrap().train;
    assert_eq!(data.class_names().unwrap(), ["cat", "dog"]);
    assert_eq!(data.classes().unwrap(), [0, 0, 1, 1]);
    assert_eq!(stored(&data), [1.0, 2.0, 3.0, 4.0].map(|grey| [grey; 4]).concat());
    let error = message(load_labelled(&folder.spec(), "y"), &folder);
    assert!(
        error.contains("the labels are names of the sub-folders"),
        "{error}"
    );

    folder.file("top.png", png(2, 2, 5));
    let error = load(&folder.spec()).unwrap_err().to_string();
    assert!(
        error.contains("there are images both in the folder itself (") && error.contains("top.png)"),
        "{error}"
    );
}

#[test]
fn grey_among_colors_becomes_color_unless_grey_is_asked_for() {
    let folder = Folder::new();
    folder.file("a.png", png(1, 1, 7));
    folder.file("b.png", png_of(1, 1, png::ColorType::Rgb, &[255, 0, 0]));
    assert_eq!(
        stored(&load(&folder.spec()).unwrap().train),
        [7.0, 7.0, 7.0, 255.0, 0.0, 0.0]
    );
    let grey = OpenOptions::default().color(Color::Grey);
    let data = load_with(&folder.spec(), grey).unwrap().train;
    assert_eq!(stored(&data), [7.0, 76.0]);
    assert_eq!(data.image_shape().unwrap().channels, 1);
}

#[test]
fn mixed_sizes_need_a_size() {
    let folder = Folder::new();
    folder.file("a.png", png(2, 3, 7));
    folder.file("b.png", png(2, 3, 7));
    folder.file("c.png", png(3, 2, 7));
    let error = load(&folder.spec())
        .unwrap_err()
        .to_string()
        .replace(&folder.spec(), "F");
    assert_eq!(
        error,
        "F: images of different sizes: F/a.png has 2x3 pixels, F/c.png has 3x2; set one size for all with \
         --image-size HxW (`OpenOptions::image_size`)"
    );
    let data = load_with(&folder.spec(), sized(4, 5)).unwrap().train;
    assert_eq!((data.rows(), data.columns()), (3, 20));
    assert_eq!(stored(&data), [7.0; 60]);
}

#[test]
fn bad_images_are_named_and_counted_or_left_out() {
    let folder = Folder::new();
    for name in ["a.png", "c.png", "e.png", "h.png"] {
        folder.file(name, png(4, 4, name.as_bytes()[0]));
    }
    let whole = png(4, 4, 1);
    folder.file("b.png", "no image");
    // A header that is good, and pixels that are not.
    folder.file("d.png", &whole[..whole.len() - 20]);
    folder.file("f.jpg", "");
    folder.file("g.png", &whole[..10]);
    let error = load(&folder.spec())
        .unwrap_err()
        .to_string()
        .replace(&folder.spec(), "F");
    assert!(
        error.starts_with("F: 4 of 8 images cannot be read: F/b.png (it is neither PNG nor JPEG), F/d.png (the PNG is damaged (")
            && error.contains("F/f.jpg (the file is empty), and 1 more; fix or remove them, or leave them out with --skip-bad"),
        "{error}"
    );
    let loaded = load_with(&folder.spec(), skipping()).unwrap();
    let left: Vec<f32> = stored(&loaded.train).into_iter().step_by(16).collect();
    assert_eq!(left, b"aceh".map(f32::from));
    let skipped: Vec<&str> = loaded
        .skipped
        .iter()
        .filter_map(|bad| bad.place.rsplit('/').next())
        .collect();
    assert_eq!(skipped, ["b.png", "d.png", "f.jpg", "g.png"]);
    let text = loaded.describe().replace(&folder.spec(), "F");
    assert!(
        text.contains("F: 4 rows × 16 columns")
            && text.contains("\nleft out: 4 of 8 images cannot be read: F/b.png (it is"),
        "{text}"
    );
    // Labels stay with their images.
    let labelled = Folder::new();
    labelled.below("x", "1.png", "no image");
    labelled.below("x", "2.png", png(1, 1, 2));
    labelled.below("y", "1.png", png(1, 1, 3));
    let data = load_with(&labelled.spec(), skipping()).unwrap().train;
    assert_eq!(
        (stored(&data), data.classes().unwrap()),
        (vec![2.0, 3.0], vec![0, 1])
    );
}

#[test]
fn a_folder_of_bad_images_only_is_an_error_either_way() {
    for bytes in [&b"no image"[..], &png(4, 4, 1)[..60]] {
        let folder = Folder::new();
        folder.file("a.png", bytes);
        for options in [OpenOptions::default(), skipping()] {
            let error = load_with(&folder.spec(), options).unwrap_err().to_string();
            assert!(
                error.contains("1 of 1 image cannot be read") && !error.contains("--skip-bad"),
                "{error}"
            );
        }
    }
}

#[test]
fn names_that_promise_an_image_are_told_so() {
    let folder = Folder::new();
    for (name, expected) in [
        ("a.png", "not a PNG file"),
        ("a.jpg", "not a JPEG file"),
        ("a.jpeg", "not a JPEG file"),
    ] {
        let error = message(load(&folder.file(name, "1,2\n")), &folder);
        assert!(error.contains(expected), "{error}");
    }
    let error = message(load(&folder.file("b.png", &png(9, 9, 1)[..40])), &folder);
    assert!(error.starts_with("b.png: the PNG is damaged ("), "{error}");
    assert!(load(&folder.file("c.png.gz", gzip(&png(1, 1, 5)))).is_ok());
}

/// As many threads as the pool has read the same rows, also where some images are bad.
#[test]
fn thousands_of_images_are_the_same_on_any_number_of_threads() {
    let folder = Folder::new();
    for index in 0..2000u32 {
        let class = format!("{}", index % 3);
        let size = 1 + index % 5;
        let mut bytes = png(size, size + 1, (index % 251) as u8);
        if index % 100 == 7 {
            bytes.truncate(bytes.len() - 5);
        }
        folder.below(&class, &format!("{index:04}.png"), bytes);
    }
    let read = |threads| {
        let options = sized(3, 3).skip_bad(true);
        latents_testing::in_pool(threads, || load_with(&folder.spec(), options).unwrap())
    };
    let (one, three) = (read(1), read(3));
    assert_eq!((one.train.rows(), one.skipped.len()), (1980, 20));
    assert_eq!(stored(&one.train), stored(&three.train));
    assert_eq!(one.train.classes(), three.train.classes());
    assert_eq!(one.skipped, three.skipped);
    assert!(
        Path::new(&one.skipped[0].place).ends_with("0/0207.png"),
        "{:?}",
        one.skipped[0]
    );
}

#[test]
fn rows_know_their_files() {
    let folder = Folder::new();
    for (class, name) in [("b", "1.png"), ("a", "2.png"), ("a", "10.png")] {
        folder.below(class, name, png(2, 2, 7));
    }
    folder.below("a", "3.png", "no image");
    let options = OpenOptions::default().skip_bad(true);
    let data = load_with(&folder.spec(), options).unwrap().train;
    assert_eq!(data.file_names().unwrap(), ["a/10.png", "a/2.png", "b/1.png"]);
    let picked = data.select(&[2, 0]);
    let labels = latents_data::Labels::from_texts(["x", "y"]);
    assert_eq!(picked.file_name(0), Some("b/1.png"));
    let relabelled = picked.with_labels(labels).unwrap();
    assert_eq!(relabelled.file_names().unwrap(), ["b/1.png", "a/10.png"]);
    assert!(latents_data::digits().file_names().is_none());
}
