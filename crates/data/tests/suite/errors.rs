//! What people read when data are wrong.

use crate::common;

use common::*;
use latents_data::{DataError, Dataset, Labels, Scaling, ScalingRule, digits};

/// Writes one file, reads it, returns the message.
fn error_of(name: &str, bytes: impl AsRef<[u8]>) -> String {
    let folder = Folder::new();
    let path = folder.file(name, bytes);
    message(load(&path), &folder)
}

#[test]
fn files_that_are_not_there_or_empty() {
    let folder = Folder::new();
    let path = folder.path().join("none.npy");
    assert_eq!(
        message(load(path.to_str().unwrap()), &folder),
        "none.npy: no such file or folder; give `digits`, `synthetic:NAME:ROWS:SEED`, a folder of IDX files or of images, or an IDX, .npy, .npz, CSV, \
         PNG or JPEG file"
    );
    for name in ["a.csv", "a.npy", "a.npz", "a.idx"] {
        assert_eq!(
            error_of(name, ""),
            format!("{name}: the file is empty; copy or download it again")
        );
    }
    assert_eq!(
        error_of("a.gz", gzip(b"")),
        "a.gz: the file is empty; copy or download it again"
    );
    let message = message(load(folder.path().to_str().unwrap()), &folder);
    assert!(
        message.contains("no IDX file named like train-images-idx3-ubyte"),
        "{message}"
    );
}

#[test]
fn truncated_and_oversized_idx() {
    let whole = idx(&[2, 3], &[1, 2, 3, 4, 5, 6]);
    assert_eq!(
        error_of("a.idx", &whole[..whole.len() - 2]),
        "a.idx: the data that the header declares needs 6 bytes, but there are only 4; the file is truncated or damaged: copy or \
         download it again"
    );
    assert_eq!(
        error_of("a.gz", gzip(&whole[..whole.len() - 2])),
        "a.gz: the data that the header declares needs 6 bytes, but there are only 4; the file is truncated or damaged: copy or \
         download it again"
    );
    assert!(error_of("a.idx", &whole[..9]).contains("the IDX header needs 4 bytes, but there are only 1"));
    let longer = [&whole[..], &[7]].concat();
    assert!(error_of("a.idx", &longer).contains("continues after the data that its header declares"));
    assert!(error_of("a.gz", gzip(&longer)).contains("continues after the data that its header declares"));
    let packed = gzip(&whole);
    let cut = error_of("a.gz", &packed[..packed.len() - 3]);
    assert!(
        cut.contains("truncated or damaged") || cut.contains("damaged"),
        "{cut}"
    );
}

#[test]
fn headers_that_promise_too_much_ask_for_no_memory() {
    let huge = idx(&[u32::MAX; 8], &[1, 2, 3]);
    assert!(error_of("a.idx", &huge).contains("but there are only 3"));
    let huge = npy("<f8", "(1000000000000, 1000000)", &[0; 16]);
    assert!(error_of("a.npy", &huge).contains("needs 8000000000000000000 bytes, but there are only 16"));
    let huge = npy("<f8", "(18446744073709551615, 18446744073709551615)", &[0; 16]);
    assert!(error_of("a.npy", &huge).contains("but there are only 16"));
    let mut header = b"\x93NUMPY\x02\x00".to_vec();
    header.extend(u32::MAX.to_le_bytes());
    header.extend([b' '; 200]);
    assert!(error_of("a.npy", &header).contains("header of 4294967295 bytes; the limit is 10000"));
    let archive = zip(&[("X.npy", &npy("<f8", "(1000000000000, 1000000)", &[0; 16]))]);
    assert!(error_of("a.npz", &archive).contains("a.npz:X: the data that the header declares needs"));
}

#[test]
fn bombs_are_not_unpacked() {
    // 300 MB of zeros in 300 KB.
    let zeros = vec![0u8; 300_000_000];
    let bomb = gzip(&[idx(&[300_000_000], &[]), zeros.clone()].concat());
    assert!(bomb.len() < 400_000);
    let message = error_of("a.gz", &bomb);
    assert!(
        message.contains("needs 300000000 bytes") || message.contains("unpacks to more"),
        "{message}"
    );
    let text = vec![b'1'; 300_000_000];
    assert!(error_of("a.csv.gz", gzip(&text)).contains("a.csv.gz: unpacks to more than"));
    let archive = zip(&[("X.npy", &[npy("|u1", "(300000000, 1)", &[]), zeros].concat())]);
    assert!(error_of("a.npz", archive).contains("a.npz:X: unpacks to more than"));
}

#[test]
fn wrong_formats_and_types() {
    assert!(error_of("a.npy", [0u8; 100]).contains("not an npy file"));
    assert!(error_of("a.npz", [0u8; 100]).contains("not an npz file"));
    assert!(error_of("a.npy", "1,2\n3,4\n").contains("not an npy file"));
    assert!(error_of("a.npz.gz", "1,2\n3,4\n").contains("not an npz file"));
    assert_eq!(
        error_of("a.bin", b"\x7fELF\x02\x01\x01\x00 and so on"),
        "a.bin: neither IDX, .npy, .npz, CSV, PNG nor JPEG: it starts with \\x7fELF\\x02\\x01\\x01\\x00; convert it to one of these formats"
    );
    let types = "convert the elements to one of bool, u8, i8, u16, i16, u32, i32, u64, i64, f16, f32, f64";
    let complex = load(&fixture("complex.npy")).unwrap_err().to_string();
    assert!(
        complex.contains("elements of type <c8 cannot be read") && complex.contains(types),
        "{complex}"
    );
    let fields = load(&fixture("structured.npy")).unwrap_err().to_string();
    assert!(
        fields.contains("elements of type of several fields") || fields.contains("several fields"),
        "{fields}"
    );
    let texts = load(&fixture("labelled.npz:names")).unwrap_err().to_string();
    assert!(texts.contains("elements of type <U1 cannot be read"), "{texts}");
    let scalar = load(&fixture("scalar.npy")).unwrap_err().to_string();
    assert!(
        scalar.contains("a single number; expected rows of numbers"),
        "{scalar}"
    );
}

#[test]
fn unknown_and_ambiguous_keys() {
    let folder = Folder::new();
    let table = npy("|u1", "(2, 2)", &[1, 2, 3, 4]);
    let vector = npy("|u1", "(2,)", &[1, 2]);
    let path = folder.file(
        "a.npz",
        zip(&[("a.npy", &table), ("b.npy", &table), ("y.npy", &vector)]),
    );
    assert_eq!(
        message(load(&path), &folder),
        "a.npz: several arrays could be the data; its arrays are a [2, 2], b [2, 2], y [2]; choose one with a.npz:KEY"
    );
    assert_eq!(
        message(load(&format!("{path}:c")), &folder),
        "a.npz: no array \"c\"; its arrays are a [2, 2], b [2, 2], y [2]; choose one with a.npz:KEY"
    );
    assert!(message(load_labelled(&format!("{path}:a"), "z"), &folder).contains("no array \"z\""));
    assert_eq!(
        message(load_labelled(&format!("{path}:a"), "b"), &folder),
        "a.npz:b: labels of shape [2, 2], which is not a vector; give one label for each row, in the same order"
    );
    assert_eq!(
        load(&format!("{path}:a")).unwrap().train.classes(),
        Some(vec![0, 1])
    );
    let other = folder.file("b.npz", zip(&[("readme.txt", b"hello")]));
    assert_eq!(
        message(load(&other), &folder),
        "b.npz: an archive without .npy arrays; write the archive with numpy.savez"
    );
}

#[test]
fn no_rows_no_columns() {
    assert_eq!(
        error_of("a.idx", idx(&[0, 28, 28], &[])),
        "a.idx: no rows of data; give data with at least one row"
    );
    assert_eq!(
        error_of("a.idx", idx(&[5, 0], &[])),
        "a.idx: no columns of data; give data with at least one column of numbers"
    );
    assert_eq!(
        error_of("a.npy", npy("<f4", "(0, 3)", &[])),
        "a.npy: no rows of data; give data with at least one row"
    );
    assert_eq!(
        error_of("a.csv", "a,b\n"),
        "a.csv: no rows of data; give data with at least one row"
    );
    assert_eq!(
        error_of("a.csv", "\n\n"),
        "a.csv: no rows of data; give data with at least one row"
    );
    let folder = Folder::new();
    let path = folder.file("a.csv", "kind\nx\n");
    assert_eq!(
        message(load_labelled(&path, "kind"), &folder),
        "a.csv: no columns of data besides the label column; give data with at least one column of numbers"
    );
    let path = folder.file("b.csv", "file,kind\na.png,x\nb.png,y\n");
    assert!(
        message(load_labelled(&path, "kind"), &folder)
            .contains("no columns of data besides the label column")
    );
    assert_eq!(
        error_of("a.csv", "file\na.png\n"),
        "a.csv: no columns of data; give data with at least one column of numbers"
    );
}

#[test]
fn values_that_are_not_finite() {
    let bytes: Vec<u8> = [1.0f32, 2.0, 3.0, f32::NAN, 5.0, 6.0]
        .iter()
        .flat_map(|x| x.to_le_bytes())
        .collect();
    assert_eq!(
        error_of("a.npy", npy("<f4", "(2, 3)", &bytes)),
        "a.npy: row 2, column 1 is NaN; every value must be finite and fit a 32-bit float: remove such rows \
         or replace the value"
    );
    let bytes: Vec<u8> = [1.0f64, f64::NEG_INFINITY]
        .iter()
        .flat_map(|x| x.to_be_bytes())
        .collect();
    assert!(error_of("a.idx", idx_of(0x0e, &[1, 2], &bytes)).contains("row 1, column 2 is -inf"));
    let bytes: Vec<u8> = [1.0f64, 1e300].iter().flat_map(|x| x.to_be_bytes()).collect();
    assert!(error_of("a.idx", idx_of(0x0e, &[1, 2], &bytes)).contains("fit a 32-bit float"));
}

#[test]
fn lines_of_csv() {
    assert_eq!(
        error_of("a.csv", "a,b\n1,2\n3\n"),
        "a.csv: line 3 has 1 cell, but previous lines have 2; give all lines the same number of cells, and quote cells that contain \
         the separator"
    );
    assert_eq!(
        error_of("a.csv", "a,b\n1,2\n3,x4\n"),
        "a.csv: line 3, column 2 (b): \"x4\" is not a finite number; replace it by a number, or choose this column as the labels"
    );
    assert_eq!(
        error_of("a.csv", "1,2\n\n3,\n"),
        "a.csv: line 3, column 2: \"\" is not a finite number; the cell is empty: fill it in or remove the line"
    );
    assert_eq!(
        error_of("a.csv", "file,a\n1,2\nb.png,4\n"),
        "a.csv: line 3, column 1 (file): \"b.png\" is not a finite number; a first column file names the rows only where its first cell is a text, and here that is a number: begin with a text, or remove the column"
    );
    assert!(error_of("a.csv", "a,file\n1,b.png\n").starts_with("a.csv: line 2, column 2 (file): \"b.png\""));
    for bad in ["nan", "-inf", "1e999", "1e300"] {
        let message = error_of("a.csv", format!("1,2\n3,{bad}\n"));
        assert!(
            message.contains("line 2, column 2") && message.contains("must be finite"),
            "{message}"
        );
    }
    let folder = Folder::new();
    let path = folder.file("a.csv", "a,b\n1,2\n");
    assert_eq!(
        message(load_labelled(&path, "c"), &folder),
        "a.csv: no label column \"c\"; the first line has \"a\", \"b\""
    );
    assert_eq!(
        message(load_labelled(&path, "2"), &folder),
        "a.csv: no label column \"2\"; the columns are 0 to 1, or -1 for the last"
    );
    let path = folder.file("b.csv", "a,b,a,b,a\n1,2,3,4,5\n");
    assert_eq!(
        message(load_labelled(&path, "a"), &folder),
        "b.csv: 3 columns are called \"a\"; choose the label column by its number, counted from 0: 0, 2 or 4"
    );
    // The value of the label column is missing from the row.
    let row = |label| {
        load_labelled(&path, label)
            .unwrap()
            .train
            .to_tensor::<f32>()
            .to_vec()
    };
    assert_eq!(
        [row("0"), row("2"), row("-1")],
        [[2.0, 3.0, 4.0, 5.0], [1.0, 2.0, 4.0, 5.0], [1.0, 2.0, 3.0, 4.0]]
    );
    assert!(
        load_labelled("digits", "c")
            .unwrap_err()
            .to_string()
            .contains("the labels are part of the data set")
    );
}

#[test]
fn folders_that_do_not_fit_together() {
    let folder = Folder::new();
    let spec = folder.path().to_str().unwrap().to_owned();
    folder.file("train-images-idx3-ubyte", idx(&[2, 1, 2], &[0; 4]));
    folder.file("train-labels-idx1-ubyte", idx(&[3], &[0; 3]));
    assert_eq!(
        message(load(&spec), &folder),
        "train-labels-idx1-ubyte: 3 labels for the 2 rows of train-images-idx3-ubyte; give one label for each row, in the \
         same order"
    );
    folder.file("train-labels-idx1-ubyte", idx(&[2], &[0; 2]));
    folder.file("t10k-images-idx3-ubyte", idx(&[2, 1, 3], &[0; 6]));
    assert_eq!(
        message(load(&spec), &folder),
        "t10k-images-idx3-ubyte: 3 columns where 2 are expected (columns of the training data); give data of the \
         same width"
    );
    folder.file("emnist-train-images-idx3-ubyte", idx(&[2, 1, 2], &[0; 4]));
    assert!(message(load(&spec), &folder).contains("have the same role"));
}

#[test]
fn data_outside_the_unit_range_say_how_to_scale() {
    let data = digits().with_scaling(Scaling::None).unwrap();
    assert_eq!(
        data.check_unit_range().unwrap_err().to_string(),
        "digits: values from 0 to 16 (not scaled), but a sigmoid output can only produce values from 0 to 1; scale them to \
         [0, 1] (min-max scaling), or choose a decoder with linear outputs"
    );
    let standard = Scaling::fit_standard(&data).unwrap();
    assert!(
        data.clone()
            .with_scaling(standard)
            .unwrap()
            .check_unit_range()
            .is_err()
    );
    let min_max = Scaling::fit_min_max_columns(&data).unwrap();
    data.with_scaling(min_max).unwrap().check_unit_range().unwrap();
}

#[test]
fn scalings_that_do_not_fit() {
    let data = Dataset::new("x", vec![1.0f32, 2.0, 3.0, 4.0], 2).unwrap();
    let other = Dataset::new("y", vec![1.0f32, 2.0, 3.0], 3).unwrap();
    let scaling = Scaling::fit_standard(&other).unwrap();
    assert_eq!(
        data.clone().with_scaling(scaling).unwrap_err().to_string(),
        "scaling: fitted on 3 columns, but the data has 2; use another scaling rule"
    );
    for by in [0.0, f64::NAN, f64::INFINITY] {
        assert!(data.clone().with_scaling(Scaling::Divide { by }).is_err());
    }
    let wide = Dataset::new("wide", vec![f32::MIN, f32::MAX], 1).unwrap();
    assert!(Scaling::fit_min_max(&wide).is_ok());
    let error = "bytes".parse::<ScalingRule>().unwrap_err().to_string();
    assert!(
        error.contains("unknown rule \"bytes\"; expected auto, none, min-max"),
        "{error}"
    );
}

#[test]
fn splits_that_leave_nothing() {
    let data = Dataset::new("x", vec![1u8, 2, 3], 1).unwrap();
    for (fraction, part) in [
        (0.0, "validation"),
        (0.1, "validation"),
        (1.0, "training"),
        (9.0, "training"),
        (f64::NAN, "validation"),
    ] {
        let labelled = data.clone().with_labels(Labels::from_numbers([0.0, 1.0, 1.0]));
        for error in [
            data.split_ordered(fraction, &[0, 1, 2]).unwrap_err(),
            labelled
                .unwrap()
                .split_stratified(fraction, &[0, 1, 2])
                .unwrap_err(),
        ] {
            assert!(
                matches!(error, DataError::Split { part: found, .. } if found == part),
                "{error}"
            );
        }
    }
}

#[test]
fn a_stratified_split_without_labels() {
    let data = Dataset::new("x", vec![1u8, 2, 3], 1).unwrap();
    let error = data.split_stratified(0.5, &[0, 1, 2]).unwrap_err().to_string();
    assert!(
        error.starts_with("x: a stratified split requires a label for each row"),
        "{error}"
    );
}

#[test]
fn validation_of_another_width_is_refused_at_once() {
    let folder = Folder::new();
    let (six, three) = (npy("|u1", "(2, 6)", &[0; 12]), npy("|u1", "(2, 3)", &[0; 6]));
    let path = folder.file("a.npz", zip(&[("x_train.npy", &six), ("x_test.npy", &three)]));
    assert_eq!(
        message(load(&path), &folder),
        "a.npz:x_test: 3 columns where 6 are expected (columns of the training data); give data of the same width"
    );
}

#[test]
fn numbers_of_any_size_are_short_in_messages() {
    let data = Dataset::new("x", vec![1e30f64, -2.5], 1).unwrap();
    let error = data.check_unit_range().unwrap_err().to_string();
    assert!(error.contains("values from -2.5 to 1e30"), "{error}");
}

#[cfg(unix)]
#[test]
fn devices_and_pipes_are_refused() {
    let error = load("/dev/zero").unwrap_err().to_string();
    assert!(
        error.contains("a pipe or a device") && error.contains("save the data to a file"),
        "{error}"
    );
}

#[test]
fn a_short_line_is_ragged_whatever_separates_its_cells() {
    for mark in [",", ";", "\t"] {
        let text = ["a,b,c", "1,2", "3,4,5\n"].join("\n").replace(',', mark);
        let message = error_of("a.csv", text);
        assert!(
            message.starts_with("a.csv: line 2 has 2 cells, but previous lines have 3;"),
            "{message}"
        );
    }
}

#[test]
fn decimals_with_a_comma_are_told() {
    assert_eq!(
        error_of("a.csv", "a;b\n1,5;2\n"),
        "a.csv: line 2, column 1 (a): \"1,5\" is not a finite number; use a decimal point"
    );
}

#[test]
fn long_names_are_cut_in_messages() {
    let name = "é".repeat(3000);
    let message = error_of("a.csv", format!("{name},b\nx,2\n"));
    let shown = "é".repeat(40);
    assert!(
        message.contains(&format!("column 1 ({shown}…): \"x\"")),
        "{message}"
    );
}

#[test]
fn tables_of_thousands_of_columns_may_be_separated_by_anything() {
    let folder = Folder::new();
    for mark in ["\t", ";", ","] {
        let names: Vec<String> = (0..6000).map(|column| format!("c{column}")).collect();
        let cells = vec!["0.123456789"; 6000];
        let text = [names.join(mark), cells.join(mark), String::new()].join("\n");
        let data = load(&folder.file("a.csv", text)).unwrap().train;
        assert_eq!((data.rows(), data.columns()), (1, 6000));
    }
}
