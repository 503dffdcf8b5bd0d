//! Images as data, from training to new images, and the options of training that a file remembers.

use crate::support;
use latents_data::{ImageShape, OpenOptions, open, read_npy, write_image, write_images};
use latents_tensor::Tensor;
use std::fs;
use std::path::Path;
use support::{fails, json, succeeds};

fn grey(height: usize, width: usize) -> ImageShape {
    ImageShape {
        height,
        width,
        channels: 1,
    }
}

/// A folder of images, each of another pattern.
fn write_folder(path: &Path, shape: ImageShape, count: usize) {
    let value = |index: usize| ((index / shape.len() + 1) * (index % shape.len()) % 11) as f32 / 10.0;
    let rows = Tensor::from_fn([count, shape.len()], value);
    write_images(path, shape, &rows).unwrap();
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn a_model_of_images_takes_other_images_as_it_has_learnt_them() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("photos")).unwrap();
    write_folder(&at("photos/cat"), grey(8, 8), 20);
    write_folder(&at("photos/dog"), grey(10, 6), 20);
    fs::write(at("photos/dog/bad.png"), "no image").unwrap();

    let (code, error) = fails(folder.path(), &["train", "--data", "photos"]);
    assert_eq!(code, 1);
    assert!(
        error.contains("images of different sizes") && error.contains("--image-size HxW"),
        "{error}"
    );
    let sized = [
        "train",
        "--data",
        "photos",
        "--image-size",
        "6x6",
        "--epochs",
        "2",
        "--out",
        "run",
    ];
    let (_, error) = fails(folder.path(), &sized);
    assert!(
        error.contains("1 of 41 images cannot be read") && error.contains("--skip-bad"),
        "{error}"
    );

    let text = succeeds(folder.path(), &[&sized[..], &["--skip-bad"]].concat());
    assert!(
        text.contains("40 rows × 36 columns (images 6×6) of u8") && text.contains("2 classes"),
        "{text}"
    );
    assert!(
        text.contains("left out: 1 of 41 images cannot be read: ") && text.contains("bad.png"),
        "{text}"
    );
    let config = read(&at("run/config.toml"));
    for line in ["image_size = \"6x6\"", "skip_bad = true", "image = [6, 6, 1]"] {
        assert!(config.contains(line), "{config}");
    }

    // Images of any size and colour, without another flag.
    let color = ImageShape {
        channels: 3,
        ..grey(9, 7)
    };
    write_folder(&at("new"), color, 5);
    fs::write(at("new/bad.jpg"), "no image").unwrap();
    assert_eq!(json(folder.path(), &["eval", "run", "--data", "new"])["rows"], 5);
    assert_eq!(
        json(folder.path(), &["eval", "run", "--data", "photos"])["rows"],
        40
    );
    assert_eq!(json(folder.path(), &["eval", "run"])["rows"], 4);
    write_image(at("one.png"), grey(3, 4), &[0.5f32; 12]).unwrap();
    let written = json(
        folder.path(),
        &["encode", "run", "--data", "one.png", "--out", "codes.npy"],
    );
    assert_eq!(written["rows"], 1);
    succeeds(folder.path(), &["report", "run"]);

    // The same configuration makes the same run.
    succeeds(
        folder.path(),
        &["train", "--config", "run/config.toml", "--out", "again"],
    );
    assert_eq!(
        fs::read(at("run/model.safetensors")).unwrap(),
        fs::read(at("again/model.safetensors")).unwrap()
    );
}

#[test]
fn flags_say_how_images_become_the_rows_of_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    support::write_table(&at("table.csv"), 40);
    succeeds(
        folder.path(),
        &[
            "train",
            "--data",
            "table.csv",
            "--label",
            "kind",
            "--output",
            "linear",
            "--epochs",
            "1",
            "--out",
            "run",
            "--quiet",
        ],
    );
    write_folder(&at("images"), grey(5, 5), 3);
    let (_, error) = fails(folder.path(), &["eval", "run", "--data", "images"]);
    assert!(error.contains("25 columns"), "{error}");
    let sized = [
        "eval",
        "run",
        "--data",
        "images",
        "--image-size",
        "2x2",
        "--color",
        "grey",
    ];
    assert_eq!(json(folder.path(), &sized)["rows"], 3);
}

#[test]
fn options_of_training_are_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let text = succeeds(
        folder.path(),
        &[
            "train",
            "--epochs",
            "2",
            "--schedule",
            "warmup:5+cosine:0.1",
            "--weight-decay",
            "0.01",
            "--clip",
            "1",
            "--max-seconds",
            "100000",
            "--out",
            "run",
        ],
    );
    assert!(
        text.contains("AdamW, learning rate 0.001, warmup:5+cosine:0.1;"),
        "{text}"
    );
    let config = read(&at("run/config.toml"));
    for line in [
        "schedule = \"warmup:5+cosine:0.1\"",
        "name = \"adamw\"",
        "weight_decay = 0.01",
        "clip_norm = 1.0",
        "max_seconds = 100000.0",
    ] {
        assert!(config.contains(line), "{line}\n{config}");
    }
    assert!(
        !config.contains("out_of_time") && !config.contains("interrupted"),
        "{config}"
    );
    let model = |name: &str| fs::read(at(name).join("model.safetensors")).unwrap();
    succeeds(
        folder.path(),
        &[
            "train",
            "--config",
            "run/config.toml",
            "--out",
            "again",
            "--quiet",
        ],
    );
    assert_eq!(model("run"), model("again"));
    for (index, other) in [
        ["--schedule", "constant"],
        ["--weight-decay", "0"],
        ["--clip", "0.001"],
    ]
    .iter()
    .enumerate()
    {
        let name = format!("other{index}");
        let typed = ["train", "--config", "run/config.toml", "--out", &name, "--quiet"];
        succeeds(folder.path(), &[&typed[..], other].concat());
        assert_ne!(model("run"), model(&name), "{other:?}");
    }
}

#[test]
fn a_training_whose_time_is_up_leaves_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let text = succeeds(
        folder.path(),
        &[
            "train",
            "--epochs",
            "1000000",
            "--max-seconds",
            "0.5",
            "--out",
            "run",
        ],
    );
    assert!(
        text.contains("the time was up: the weights of the last "),
        "{text}"
    );
    let config = read(&folder.path().join("run/config.toml"));
    assert!(config.contains("out_of_time = true"), "{config}");
    assert!(read(&folder.path().join("run/report.html")).contains("The time that the training had was up;"));
    succeeds(folder.path(), &["eval", "run"]);
    succeeds(folder.path(), &["report", "run"]);
}

#[test]
fn pictures_look_like_the_data_whatever_the_scaling() {
    let folder = tempfile::tempdir().unwrap();
    let shape = ImageShape {
        height: 2,
        width: 2,
        channels: 3,
    };
    // The channels of a pixel have means and deviations of their own.
    let value = |index: usize| {
        let (row, channel) = (index / shape.len(), index % 3);
        [0.8, 0.5, 0.1][channel] + (row * (index % 7 + 1) % 11) as f32 / [110.0, 40.0, 200.0][channel]
    };
    let rows = Tensor::from_fn([40, shape.len()], value);
    write_images(folder.path().join("photos"), shape, &rows).unwrap();
    let (originals, _) = open_rows(&folder.path().join("photos"));
    for scale in ["auto", "standard", "min-max-columns", "64", "none"] {
        let train = "train --data photos --output linear --latent 6 --hidden none --epochs 20 --quiet";
        let train: Vec<&str> = train.split(' ').collect();
        succeeds(
            folder.path(),
            &[&train[..], &["--scale", scale, "--out", scale]].concat(),
        );
        for out in ["x.npy", "pictures"] {
            succeeds(
                folder.path(),
                &["denoise", scale, "--data", "photos", "--out", out, "--quiet"],
            );
        }
        let stored = read_npy::<f32>(folder.path().join("x.npy")).unwrap().to_vec();
        let (pictures, _) = open_rows(&folder.path().join("pictures"));
        let pairs = stored.iter().zip(&pictures);
        let farthest = pairs.map(|(x, y)| (x.clamp(0.0, 255.0) / 255.0 - y).abs());
        assert!(farthest.fold(0.0, f32::max) <= 0.51 / 255.0, "{scale}");
        fs::remove_dir_all(folder.path().join("pictures")).unwrap();

        // The upper left pixel of the original, within the padding of the sheet.
        succeeds(
            folder.path(),
            &[
                "reconstruct",
                scale,
                "--data",
                "photos",
                "--rows",
                "1",
                "--out",
                "pair.png",
            ],
        );
        let (sheet, width) = open_rows(&folder.path().join("pair.png"));
        let corner = &sheet[(10 * width + 10) * 3..][..3];
        let farthest = corner.iter().zip(&originals).map(|(x, y)| (x - y).abs());
        assert!(farthest.fold(0.0, f32::max) <= 1.1 / 255.0, "{scale}: {corner:?}");
    }
}

/// Values from 0 to 1, and the pixels in a line.
fn open_rows(path: &Path) -> (Vec<f32>, usize) {
    let data = open(&path.display().to_string(), &OpenOptions::default());
    let data = data.unwrap().train;
    (
        data.to_tensor::<f32>().to_vec(),
        data.image_shape().unwrap().width,
    )
}

/// A folder `photos` of twenty cats and twenty dogs, and a run `run` on them.
fn train_on_photos(folder: &Path) {
    fs::create_dir(folder.join("photos")).unwrap();
    write_folder(&folder.join("photos/cat"), grey(4, 4), 20);
    write_folder(&folder.join("photos/dog"), grey(4, 4), 20);
    let train = "train --data photos --epochs 1 --hidden none --latent 3 --out run --quiet";
    succeeds(folder, &train.split(' ').collect::<Vec<_>>());
}

#[test]
fn rows_of_a_folder_of_images_carry_the_names_of_their_files() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let call = |args: &str| succeeds(folder.path(), &args.split(' ').collect::<Vec<_>>());
    train_on_photos(folder.path());
    write_folder(&at("new"), grey(4, 4), 3);
    fs::rename(at("new/1.png"), at("new/scan, 7.PNG")).unwrap();
    fs::copy(at("new/0.png"), at("new/2.jpg.png")).unwrap();

    call("encode run --data new --out codes.csv");
    let files = |text: &str, column: usize| -> Vec<String> {
        let cell = |line: &str| line.split(',').nth(column).unwrap().to_owned();
        text.lines().map(cell).collect()
    };
    let codes = read(&at("codes.csv"));
    assert_eq!(
        files(&codes, 0),
        ["file", "0.png", "2.jpg.png", "2.png", "\"scan"]
    );
    assert!(codes.contains("\n\"scan, 7.PNG\","), "{codes}");
    call("encode run --out held-out.csv");
    assert!(files(&read(&at("held-out.csv")), 0)[1].starts_with("cat/"));

    let text = call("detect run --data photos --quantile 0.5 --out scores.csv");
    assert!(text.contains("File") && text.contains("/0"), "{text}");
    let scores = read(&at("scores.csv"));
    assert!(scores.starts_with("row,file,score,p_value,"), "{scores}");
    assert_eq!(files(&scores, 1)[21], "dog/00.png");

    call("denoise run --data new --out clean --quiet");
    let mut names: Vec<String> = fs::read_dir(at("clean"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["0.png", "2.jpg.png", "2.png", "scan, 7.png"]);
    call("denoise run --data photos --out all --quiet");
    assert!(at("all/dog/19.png").exists());
}

#[test]
fn codes_of_files_are_data_whose_rows_keep_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let call = |args: &str| succeeds(folder.path(), &args.split(' ').collect::<Vec<_>>());
    train_on_photos(folder.path());
    call("encode run --data photos --out codes.csv");
    call("encode run --data photos --out codes.npy");
    call("decode run --codes codes.csv --out from_csv.npy");
    call("decode run --codes codes.npy --out from_npy.npy");
    let decoded = |name: &str| fs::read(at(name)).unwrap();
    assert_eq!(decoded("from_csv.npy"), decoded("from_npy.npy"));
    let second = "train --output linear --epochs 1 --hidden none --latent 2 --quiet";
    call(&format!("{second} --data codes.csv --out again"));
    call("encode again --data codes.csv --out shorter.csv");
    assert!(read(&at("shorter.csv")).starts_with("file,z1,z2\ncat/00.png,"));
    let text = call("detect again --data codes.csv --quantile 0.5 --out scores.csv");
    assert!(text.contains("File"), "{text}");
    let scores = read(&at("scores.csv"));
    assert!(scores.starts_with("row,file,score,p_value,"), "{scores}");
    assert!(scores.contains("\n21,dog/00.png,"), "{scores}");
    let page = read(&at("again/report.html"));
    assert!(
        page.contains(">File</th>") && page.contains(".png</td>"),
        "the alarms of the page"
    );

    let label = |line: &str| match line.split(['/', ',']).next() {
        Some("file") => format!("{line},kind\n"),
        kind => format!("{line},{}\n", kind.unwrap()),
    };
    let labelled: String = read(&at("codes.csv")).lines().map(label).collect();
    fs::write(at("labelled.csv"), labelled).unwrap();
    let probed = call("probe again --data labelled.csv --label kind --test 0.3");
    assert!(probed.contains("codes"), "{probed}");

    // Names from a table are no leave to write anywhere.
    let rows = "0,".repeat(15) + "0\n";
    let header: String = (1..=16).map(|column| format!(",x{column}")).collect();
    fs::write(at("astray.csv"), format!("file{header}\n../astray.png,{rows}")).unwrap();
    let (code, error) = fails(
        folder.path(),
        &["denoise", "run", "--data", "astray.csv", "--out", "clean"],
    );
    assert_eq!(code, 1);
    assert!(error.contains("would lie outside of the folder"), "{error}");
    assert!(!at("astray.png").exists() && !at("clean").exists());
}

#[test]
fn a_code_may_stay_an_image() {
    let folder = tempfile::tempdir().unwrap();
    let train = [
        "train",
        "vq",
        "--channels",
        "4,6",
        "--latent-channels",
        "3",
        "--shared-codebook",
        "--decay",
        "0.9",
        "--epochs",
        "2",
        "--out",
        "run",
    ];
    let text = succeeds(folder.path(), &train);
    assert!(text.contains("8×8-4c-6c-2×2×3-6c-4c-8×8"), "{text}");
    let config = read(&folder.path().join("run/config.toml"));
    for line in [
        "latent_channels = 3",
        "latent = 12",
        "groups = 4",
        "shared = true",
        "decay = 0.9",
    ] {
        assert!(config.contains(line), "{line}: {config}");
    }
    succeeds(
        folder.path(),
        &["encode", "run", "--data", "digits", "--out", "codes.npy"],
    );
    let codes = read_npy::<f32>(folder.path().join("codes.npy")).unwrap();
    assert_eq!(codes.shape()[..], [1797, 12]);
    // The settings of a run with other convolutions: the code has another size.
    let again = [
        "train",
        "--config",
        "run/config.toml",
        "--channels",
        "4",
        "--out",
        "again",
    ];
    let text = succeeds(folder.path(), &again);
    assert!(text.contains("8×8-4c-4×4×3-4c-8×8"), "{text}");
    let config = read(&folder.path().join("again/config.toml"));
    assert!(config.contains("groups = 16"), "{config}");
    let cut = [&train[..train.len() - 1], &["cut", "--groups", "3"]].concat();
    let (_, error) = fails(folder.path(), &cut);
    assert!(
        error.contains("groups of 4 numbers cut the positions of a code of 2 × 2 × 3; use 4"),
        "{error}"
    );
}
