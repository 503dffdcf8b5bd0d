//! Tables and images that are written come back as they were.

use crate::common;

use common::*;
use latents_data::{
    ImageShape, Scaling, write_csv, write_csv_of_files, write_image, write_images, write_named_images,
};
use latents_tensor::Tensor;
use std::fs;

#[test]
fn tables_come_back_to_the_last_bit() {
    let folder = Folder::new();
    let path = folder.path().join("codes.csv");
    let values = [0.1f32, -2.0, 1e-30, 3e38, 0.0, 1.0 / 3.0, 16_777_217.0, 1e-45];
    let rows = Tensor::from_slice(&values, [4, 2]);
    write_csv(&path, &["a", "b, \"c\""], &rows).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(
        text,
        "a,\"b, \"\"c\"\"\"\n0.1,-2\n1e-30,3e38\n0,0.33333334\n16777216,1e-45\n"
    );
    let data = load(path.to_str().unwrap()).unwrap().train;
    assert_eq!(data.column_names().unwrap(), ["a", "b, \"c\""]);
    assert_eq!(data.gather::<f32>(&[0, 1, 2, 3]).to_vec(), values);

    // Views and doubles.
    let doubles = Tensor::from_slice(&[0.1f64, 1e300, 0.2, -1e-300], [2, 2]).transpose();
    write_csv(&path, &["x", "y"], &doubles).unwrap();
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        "x,y\n0.1,0.2\n1e300,-1e-300\n"
    );
}

#[test]
#[should_panic(expected = "write_csv: rows have shape [2, 3]; 2 names need (rows, 2)")]
fn names_must_fit_the_columns() {
    let _ = write_csv("never.csv", &["a", "b"], &Tensor::<f32>::zeros([2, 3]));
}

#[test]
fn a_table_that_cannot_be_written_is_an_error() {
    let folder = Folder::new();
    let path = folder.path().join("none/codes.csv");
    let error = write_csv(&path, &["a"], &Tensor::<f32>::zeros([2, 1])).unwrap_err();
    assert!(error.to_string().contains("codes.csv"), "{error}");
}

fn shape(height: usize, width: usize, channels: usize) -> ImageShape {
    ImageShape {
        height,
        width,
        channels,
    }
}

#[test]
fn rows_become_images_and_rows_again() {
    for channels in [1, 3] {
        let folder = Folder::new();
        let (shape, rows) = (shape(2, 3, channels), 12);
        let bytes: Vec<u8> = (0..rows * shape.len()).map(|i| (i * 41 % 256) as u8).collect();
        let values: Vec<f32> = bytes.iter().map(|&byte| f32::from(byte) / 255.0).collect();
        let tensor = Tensor::from_slice(&values, [rows, shape.len()]);
        let path = folder.path().join("images");
        assert_eq!(write_images(&path, shape, &tensor).unwrap(), rows);
        assert!(path.join("00.png").is_file() && path.join("11.png").is_file());
        // Nothing else is left.
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let data = load(path.to_str().unwrap()).unwrap().train;
        assert_eq!(data.image_shape(), Some(shape));
        let plain = data.with_scaling(Scaling::None).unwrap();
        let read = plain.gather::<f32>(&(0..rows).collect::<Vec<_>>()).to_vec();
        assert_eq!(
            read,
            bytes.iter().map(|&byte| f32::from(byte)).collect::<Vec<_>>()
        );
    }
}

#[test]
fn values_beyond_the_range_are_cut_off() {
    let folder = Folder::new();
    let path = folder.path().join("a.png");
    write_image(&path, shape(1, 5, 1), &[-1.0, 0.5, 2.0, f64::NAN, f64::INFINITY]).unwrap();
    let data = load(path.to_str().unwrap()).unwrap().train;
    let plain = data.with_scaling(Scaling::None).unwrap();
    assert_eq!(
        plain.gather::<f32>(&[0]).to_vec(),
        [0.0, 128.0, 255.0, 0.0, 255.0]
    );
    write_image(&path, shape(1, 1, 4), &[1.0f32, 0.0, 0.0, 0.0]).unwrap();
    assert_eq!(
        load(path.to_str().unwrap())
            .unwrap()
            .train
            .gather::<f32>(&[0])
            .to_vec(),
        [1.0; 3]
    );
}

#[test]
fn what_lies_in_a_folder_is_not_mixed_with_new_images() {
    let folder = Folder::new();
    let rows = Tensor::<f32>::zeros([2, 4]);
    let error = {
        folder.file("mine.txt", "mine");
        write_images(folder.path(), shape(2, 2, 1), &rows)
            .unwrap_err()
            .to_string()
    };
    assert!(
        error.contains("the folder is not empty") && error.contains("give a new folder"),
        "{error}"
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    assert_eq!(write_images(&empty, shape(2, 2, 1), &rows).unwrap(), 2);
    assert!(write_images(folder.path().join("no/where"), shape(2, 2, 1), &rows).is_err());
}

#[test]
#[should_panic(expected = "images need 4 values, but the rows have 5")]
fn rows_must_be_images() {
    let _ = write_images("never", shape(2, 2, 1), &Tensor::<f32>::zeros([2, 5]));
}

#[test]
fn images_get_the_names_that_they_are_given() {
    let folder = tempfile::tempdir().unwrap();
    let rows = Tensor::from_fn([2, 4], |index| index as f32 / 8.0);
    let out = folder.path().join("out");
    let write = |names: &[&str]| write_named_images(&out, shape(2, 2, 1), &rows, names);
    assert!(write(&["cat/a.png", "cat/a.png"]).is_err());
    assert!(!out.exists());
    assert_eq!(write(&["cat/a.png", "dog/a.png"]).unwrap(), 2);
    assert!(out.join("cat/a.png").exists() && out.join("dog/a.png").exists());
    fs::remove_dir_all(&out).unwrap();
    assert_eq!(write(&["./cat/a.png", "./dog/./a.png"]).unwrap(), 2);
    assert!(out.join("cat/a.png").exists() && out.join("dog/a.png").exists());
}

#[test]
fn no_name_leads_out_of_the_folder() {
    let rows = Tensor::<f32>::zeros([1, 4]);
    for name in ["../a.png", "./../a.png", "/a.png", "a/../../b.png", ".", ""] {
        let error = write_named_images("never", shape(2, 2, 1), &rows, &[name]).unwrap_err();
        let expected = format!(
            "never: an image named {name:?} would lie outside of the folder; give names such as cat/1.png"
        );
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn a_table_begins_with_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.csv");
    let rows = Tensor::from_vec(vec![1.5f32, -2.0], [2, 1]);
    write_csv_of_files(&path, &["z1"], &["a.png", "b,c.png"], &rows).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text, "file,z1\na.png,1.5\n\"b,c.png\",-2\n");
    let data = load(path.to_str().unwrap()).unwrap().train;
    assert_eq!(data.file_names().unwrap(), ["a.png", "b,c.png"]);
    assert_eq!(data.column_names().unwrap(), ["z1"]);
    assert_eq!(data.gather::<f32>(&[0, 1]).to_vec(), [1.5, -2.0]);
}
