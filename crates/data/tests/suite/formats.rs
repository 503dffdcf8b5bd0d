//! Every format, read from files that the tests or NumPy wrote.

use crate::common;

use common::*;
use latents_data::{Dataset, ElementType, ImageShape, Scaling, digits, read_npy, write_npy};
use latents_tensor::Tensor;

fn rows(data: &Dataset) -> Vec<f64> {
    data.to_tensor::<f64>().to_vec()
}

#[test]
fn the_embedded_digits() {
    let data = load("digits").unwrap().train;
    assert_eq!(
        (data.rows(), data.columns(), data.element_type()),
        (1797, 64, ElementType::U8)
    );
    assert_eq!(
        data.image_shape(),
        Some(ImageShape {
            height: 8,
            width: 8,
            channels: 1
        })
    );
    assert_eq!(data.range(), (0.0, 16.0));
    assert_eq!(data.scaled_range(), (0.0, 1.0));
    let names: Vec<String> = (0..10).map(|digit| digit.to_string()).collect();
    assert_eq!(data.class_names(), Some(&names[..]));
    assert_eq!(
        (data.class(0), data.class(1), data.class(1796)),
        (Some(0), Some(1), Some(8))
    );
    assert_eq!(
        data.gather::<f32>(&[0]).to_vec()[..8],
        [0.0, 0.0, 0.3125, 0.8125, 0.5625, 0.0625, 0.0, 0.0]
    );
    data.check_unit_range().unwrap();
}

#[test]
fn idx_of_every_type() {
    let folder = Folder::new();
    let bytes = |big: &[&[u8]]| big.concat();
    let cases = [
        (0x08, ElementType::U8, vec![1, 2, 3, 250], [1.0, 2.0, 3.0, 250.0]),
        (0x09, ElementType::I8, vec![1, 2, 3, 250], [1.0, 2.0, 3.0, -6.0]),
        (
            0x0b,
            ElementType::I16,
            bytes(
                &[1i16, 2, 300, -4]
                    .map(i16::to_be_bytes)
                    .each_ref()
                    .map(|b| &b[..]),
            ),
            [1.0, 2.0, 300.0, -4.0],
        ),
        (
            0x0c,
            ElementType::I32,
            bytes(
                &[1i32, 2, 70_000, -4]
                    .map(i32::to_be_bytes)
                    .each_ref()
                    .map(|b| &b[..]),
            ),
            [1.0, 2.0, 70_000.0, -4.0],
        ),
        (
            0x0d,
            ElementType::F32,
            bytes(
                &[0.5f32, 2.0, 3.0, -4.0]
                    .map(f32::to_be_bytes)
                    .each_ref()
                    .map(|b| &b[..]),
            ),
            [0.5, 2.0, 3.0, -4.0],
        ),
        (
            0x0e,
            ElementType::F64,
            bytes(
                &[0.1f64, 2.0, 3.0, -4.0]
                    .map(f64::to_be_bytes)
                    .each_ref()
                    .map(|b| &b[..]),
            ),
            [0.1, 2.0, 3.0, -4.0],
        ),
    ];
    for (code, kind, body, expected) in cases {
        let path = folder.file("x.idx", idx_of(code, &[2, 2], &body));
        let data = load(&path).unwrap().train.with_scaling(Scaling::None).unwrap();
        assert_eq!((data.element_type(), data.rows(), data.columns()), (kind, 2, 2));
        assert_eq!(rows(&data), expected, "{kind}");
        assert_eq!(data.image_shape(), None);
    }
}

#[test]
fn a_folder_of_idx_files() {
    let folder = Folder::new();
    folder.file(
        "train-images-idx3-ubyte.gz",
        gzip(&idx(&[3, 2, 2], &[0, 51, 102, 255, 1, 2, 3, 4, 5, 6, 7, 8])),
    );
    folder.file("train-labels-idx1-ubyte", idx(&[3], &[7, 3, 7]));
    folder.file("t10k-images-idx3-ubyte", idx(&[1, 2, 2], &[255, 0, 0, 0]));
    folder.file("t10k-labels-idx1-ubyte.gz", gzip(&idx(&[1], &[3])));
    folder.file("notes.txt", "not data");
    let loaded = load(folder.path().to_str().unwrap()).unwrap();
    assert_eq!(loaded.train.gather::<f32>(&[0]).to_vec(), [0.0, 0.2, 0.4, 1.0]);
    assert_eq!(loaded.train.classes(), Some(vec![1, 0, 1]));
    assert_eq!(loaded.train.scaling(), &Scaling::Divide { by: 255.0 });
    let validation = loaded.validation.unwrap();
    assert_eq!(
        (validation.rows(), validation.class_names().unwrap()),
        (1, &["3".to_owned()][..])
    );
    // The unpacked twin of a packed file is the same set, not a second one.
    folder.file("train-labels-idx1-ubyte.gz", gzip(&idx(&[3], &[0, 0, 0])));
    let again = load(folder.path().to_str().unwrap()).unwrap().train;
    assert_eq!(again.classes(), Some(vec![1, 0, 1]));
}

#[test]
fn every_type_that_numpy_writes() {
    let count: Vec<f64> = (0..6).map(f64::from).collect();
    for (code, kind) in [
        ("u1", ElementType::U8),
        ("i1", ElementType::I8),
        ("u2", ElementType::U16),
        ("i2", ElementType::I16),
        ("u4", ElementType::U32),
        ("i4", ElementType::I32),
        ("u8", ElementType::U64),
        ("i8", ElementType::I64),
        ("f2", ElementType::F32),
        ("f4", ElementType::F32),
        ("f8", ElementType::F64),
    ] {
        for order in ["le", "be"] {
            let key = format!("{code}{order}");
            let data = load(&fixture(&format!("types.npz:{key}"))).unwrap().train;
            let data = data.with_scaling(Scaling::None).unwrap();
            assert_eq!(
                (data.element_type(), data.rows(), data.columns()),
                (kind, 2, 3),
                "{key}"
            );
            let unit = if code.starts_with('f') { 0.25 } else { 1.0 };
            assert_eq!(
                rows(&data),
                count.iter().map(|x| x * unit).collect::<Vec<_>>(),
                "{key}"
            );
        }
    }
    let truths = load(&fixture("types.npz:bool.npy")).unwrap().train;
    assert_eq!(truths.element_type(), ElementType::Bool);
    assert_eq!(rows(&truths), [0.0, 1.0, 0.0, 1.0, 0.0, 1.0]);
}

#[test]
fn archives_of_numpy() {
    let labelled = load(&fixture("labelled.npz")).unwrap().train;
    assert_eq!(rows(&labelled), [0.0, 0.25, 0.5, 0.75, 1.0, 1.25]);
    assert_eq!(labelled.classes(), Some(vec![1, 0]));
    assert_eq!(
        load_labelled(&fixture("labelled.npz:X"), "y")
            .unwrap()
            .train
            .classes(),
        Some(vec![1, 0])
    );
    let keras = load(&fixture("keras.npz")).unwrap();
    assert_eq!((keras.train.rows(), keras.train.columns()), (2, 12));
    assert_eq!(keras.train.class_names().unwrap(), ["3", "7"]);
    assert_eq!(keras.train.image_shape().unwrap().width, 4);
    let validation = keras.validation.unwrap();
    assert_eq!(
        (validation.rows(), validation.class_names().unwrap()),
        (1, &["7".to_owned()][..])
    );
}

#[test]
fn other_layouts_and_versions_of_numpy() {
    let fortran = load(&fixture("fortran.npy")).unwrap().train;
    assert_eq!(rows(&fortran), (0..24).map(f64::from).collect::<Vec<_>>());
    assert_eq!((fortran.rows(), fortran.image_shape().unwrap().height), (2, 3));
    let second = load(&fixture("version2.npy")).unwrap().train;
    assert_eq!(rows(&second), (0..6).map(f64::from).collect::<Vec<_>>());
    assert_eq!(read_npy::<f32>(fixture("scalar.npy")).unwrap().item(), 3.0);
}

#[test]
fn gzipped_npy_and_colour_pictures() {
    let folder = Folder::new();
    let path = folder.file("x.npy.gz", gzip(&npy("|u1", "(2, 1, 2, 3)", &[255; 12])));
    let data = load(&path).unwrap().train;
    assert_eq!(
        data.image_shape(),
        Some(ImageShape {
            height: 1,
            width: 2,
            channels: 3
        })
    );
    assert_eq!(rows(&data), [1.0; 12]);
}

#[test]
fn csv_with_and_without_header() {
    let folder = Folder::new();
    let plain = load(&folder.file("a.csv", "1,2,3\n4,5,6\n")).unwrap().train;
    assert_eq!(
        (plain.rows(), plain.columns(), plain.element_type()),
        (2, 3, ElementType::U8)
    );
    assert_eq!(rows(&plain), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let header = load(&folder.file("b.csv", "\u{feff}length,width\r\n1.5,-2e-3\r\n300,4\r\n"))
        .unwrap()
        .train;
    assert_eq!(header.column_names().unwrap(), ["length", "width"]);
    assert_eq!(rows(&header), [1.5, -2e-3, 300.0, 4.0]);
    let quoted = load(&folder.file("c.csv.gz", gzip(b"\"a;1\";b\n 1 ; 2.5\n")))
        .unwrap()
        .train;
    assert_eq!(quoted.column_names().unwrap(), ["a;1", "b"]);
    assert_eq!(rows(&quoted), [1.0, 2.5]);
    let tabs = load(&folder.file("d.tsv", "1\t2\n3\t4")).unwrap().train;
    assert_eq!(rows(&tabs), [1.0, 2.0, 3.0, 4.0]);
    let one = load(&folder.file("e.csv", "7\n8\n")).unwrap().train;
    assert_eq!((one.rows(), one.columns()), (2, 1));
}

#[test]
fn csv_labels_by_name_and_number() {
    let folder = Folder::new();
    let text = "kind,length,width\nb,1,2\na,3,4\nb,5,6\n";
    let path = folder.file("a.csv", text);
    for label in ["kind", "0", "-3"] {
        let data = load_labelled(&path, label).unwrap().train;
        assert_eq!(data.class_names().unwrap(), ["a", "b"]);
        assert_eq!(data.classes(), Some(vec![1, 0, 1]));
        assert_eq!(data.column_names().unwrap(), ["length", "width"]);
        assert_eq!(rows(&data), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    }
    let bare = folder.file("b.csv", "5.1,3.5,setosa\n4.9,3.0,virginica\n");
    let data = load_labelled(&bare, "-1").unwrap().train;
    assert_eq!((data.rows(), data.column_names()), (2, None));
    assert_eq!(data.class_names().unwrap(), ["setosa", "virginica"]);
}

#[test]
fn a_first_column_named_file_names_the_rows() {
    let folder = Folder::new();
    let path = folder.file("a.csv", "file;a;kind;b\n\"x;1.png\";1;u;2\n7;3;v;4\n;5;u;6\n");
    let data = load_labelled(&path, "kind").unwrap().train;
    assert_eq!(data.file_names().unwrap(), ["x;1.png", "7", ""]);
    assert_eq!(data.column_names().unwrap(), ["a", "b"]);
    assert_eq!(data.classes(), Some(vec![0, 1, 0]));
    assert_eq!(rows(&data), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    assert!(
        data.describe()
            .ends_with("; 2 classes; rows named by the column `file`")
    );

    let labels = load_labelled(&folder.file("b.csv", "file,a\nx,1\ny,2\n"), "file").unwrap();
    assert_eq!(labels.train.class_names().unwrap(), ["x", "y"]);
    assert!(labels.train.file_names().is_none());
    let numbers = load(&folder.file("c.csv", "file,a\n1,2\n3,4\n")).unwrap().train;
    assert_eq!((numbers.columns(), numbers.file_names()), (2, None));
    assert!(!numbers.describe().contains("rows named"));
}

#[test]
fn tensors_round_trip_through_npy() {
    let folder = Folder::new();
    let path = folder.path().join("codes.npy");
    for shape in [vec![3, 5], vec![7], vec![], vec![2, 0], vec![2, 1, 3, 1, 2]] {
        let tensor = Tensor::<f32>::from_fn(&shape[..], |i| (i as f32 - 3.0) / 7.0);
        write_npy(&path, &tensor).unwrap();
        let again = read_npy::<f32>(&path).unwrap();
        assert_eq!((again.shape(), again.to_vec()), (tensor.shape(), tensor.to_vec()));
        assert_eq!(std::fs::read(&path).unwrap().len(), 128 + 4 * tensor.len());
    }
    let wide = Tensor::<f64>::from_fn([4, 3], |i| i as f64 / 3.0);
    write_npy(&path, &wide.transpose()).unwrap();
    assert_eq!(
        read_npy::<f64>(&path).unwrap().to_vec(),
        wide.transpose().to_vec()
    );
    let leftovers = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(leftovers, 1, "temporary files stay behind");
}

#[cfg(unix)]
#[test]
fn a_failed_write_keeps_the_old_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let path = folder.file("codes.npy", "old");
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o555)).unwrap();
    let result = write_npy(&path, &Tensor::<f32>::zeros([2, 2]));
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    // The superuser may write anyway.
    if let Err(error) = result {
        assert!(error.to_string().contains("cannot write"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
    }
    let nowhere = write_npy(folder.path().join("none/x.npy"), &Tensor::<f32>::zeros([1]));
    assert!(nowhere.unwrap_err().to_string().contains("cannot write"));
    let mode = |path| std::fs::metadata(path).unwrap().permissions().mode();
    write_npy(folder.path().join("new.npy"), &Tensor::<f32>::zeros([1])).unwrap();
    folder.file("like.txt", "x");
    assert_eq!(
        mode(folder.path().join("new.npy")),
        mode(folder.path().join("like.txt"))
    );
}

#[test]
fn digits_describe_themselves_after_a_split() {
    let data = digits();
    let order: Vec<usize> = (0..data.rows()).collect();
    let (train, validation) = data.split_ordered(0.2, &order).unwrap();
    assert_eq!((train.rows(), validation.rows()), (1438, 359));
    assert!(validation.describe().starts_with("digits: 359 rows × 64 columns"));
}

#[test]
fn only_bytes_of_pictures_are_divided() {
    let folder = Folder::new();
    let table = folder.file("table.npy", npy("|u1", "(2, 3)", &[1, 2, 3, 4, 5, 10]));
    assert_eq!(load(&table).unwrap().train.scaling(), &Scaling::None);
    let pictures = folder.file("pictures.npy", npy("|u1", "(2, 1, 3)", &[1, 2, 3, 4, 5, 10]));
    let scaling = Scaling::Divide { by: 255.0 };
    assert_eq!(load(&pictures).unwrap().train.scaling(), &scaling);
}

#[test]
fn a_description_counts_and_names_the_header() {
    let folder = Folder::new();
    let numeric = folder.file("b.csv", "1,2\n3,4\n");
    let text = load(&numeric).unwrap().train.describe();
    assert!(
        text.contains("2 rows × 2 columns of u8, without a header, values 1 to 4"),
        "{text}"
    );
    let path = folder.file("a.csv", "width;height\n0.5;1\n");
    let text = load(&path).unwrap().train.describe();
    assert!(
        text.ends_with("1 row × 2 columns of f64, named by a header, values 0.5 to 1, not scaled"),
        "{text}"
    );
}
