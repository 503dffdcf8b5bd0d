//! Cargo features: what is on is read, and what is off is refused by name.

use crate::common;

use common::*;

/// Reads `spec`, which needs a feature, and says so where that is off.
fn check(spec: &str, what: &str, feature: &str, on: bool) {
    match load(spec) {
        Ok(_) => assert!(on, "{what} is read without {feature}"),
        Err(error) => {
            assert!(!on, "{error}");
            assert_eq!(
                error.to_string(),
                format!(
                    "{spec}: this build does not read {what}; build latents-data with the feature `{feature}`"
                )
            );
        }
    }
}

#[test]
fn what_needs_no_feature_is_read() {
    let folder = Folder::new();
    assert_eq!(load("digits").unwrap().train.rows(), 1797);
    let pixels = idx(&[2, 1, 2], &[1, 2, 3, 4]);
    assert_eq!(load(&folder.file("a.idx", &pixels)).unwrap().train.rows(), 2);
    let table = npy("|u1", "(2, 2)", &[1, 2, 3, 4]);
    assert_eq!(load(&folder.file("a.npy", table)).unwrap().train.rows(), 2);
    let mnist = Folder::new();
    mnist.file("train-images-idx3-ubyte", pixels);
    assert_eq!(load(mnist.path().to_str().unwrap()).unwrap().train.rows(), 2);
}

#[test]
fn what_needs_a_feature_names_it() {
    let folder = Folder::new();
    let table = npy("|u1", "(2, 2)", &[1, 2, 3, 4]);
    let archive = folder.file("a.npz", zip(&[("X.npy", &table)]));
    check(&archive, ".npz", "archives", cfg!(feature = "archives"));
    check(
        &folder.file("a.csv", "1,2\n3,4\n"),
        "CSV",
        "csv",
        cfg!(feature = "csv"),
    );
    let packed = folder.file("a.npy.gz", gzip(&table));
    check(&packed, "gzipped files", "gzip", cfg!(feature = "gzip"));
    let images = cfg!(feature = "images");
    check(&fixture("images/grey.png"), "PNG", "images", images);
    check(&fixture("images/grey.jpg"), "JPEG", "images", images);
    let photos = Folder::new();
    photos.file("a.png", std::fs::read(fixture("images/grey.png")).unwrap());
    check(photos.path().to_str().unwrap(), "images", "images", images);
}
