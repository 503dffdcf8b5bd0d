//! What the page of a run shows.

use crate::support;
use latents_text::number::significant;
use std::fs;
use std::path::Path;
use support::{json, number, run_of, succeeds, write_table};

/// The section of a page with this heading.
fn section<'a>(page: &'a str, heading: &str) -> Option<&'a str> {
    page.split("<section>")
        .find(|section| section.trim_start().starts_with(&format!("<h2>{heading}</h2>")))
}

#[test]
fn the_page_shows_noise_and_what_is_left_of_it() {
    let page = |run: &str| fs::read_to_string(Path::new(run).join("report.html")).unwrap();
    let shown = page(&run_of("denoising"));
    let section = section(&shown, "Denoising").unwrap();
    for text in [
        "Clean, noisy, cleaned",
        "What is left of gaussian:0.3",
        "to 180 rows that were held out",
        "PSNR (dB)",
        "SSIM",
        "as it was given",
        "median filter, 3×3 pixels",
        "PCA, 8 components",
    ] {
        assert!(section.contains(text), "{text}: {section}");
    }
    assert_eq!(section.matches("<img").count(), 3 * 9);
    // The same noise as that of the command with the seed of the training.
    let found = json(
        Path::new("."),
        &[
            "denoise",
            &run_of("denoising"),
            "--noise",
            "gaussian:0.3",
            "--seed",
            "0",
        ],
    );
    let psnr = number(&found, &["model", "psnr"]);
    assert!(
        section.contains(&format!("<strong>{psnr:.2}</strong>")),
        "{psnr}: {section}"
    );
    assert!(!page(&run_of("undercomplete")).contains("<h2>Denoising</h2>"));
}

#[test]
fn rows_of_a_table_are_denoised_on_the_page_without_pictures() {
    let folder = tempfile::tempdir().unwrap();
    write_table(&folder.path().join("x.csv"), 120);
    let call = "train denoising --data x.csv --label kind --noise gaussian:0.3 --latent 2 --hidden none --epochs 2 --out run";
    succeeds(folder.path(), &call.split(' ').collect::<Vec<_>>());
    let page = fs::read_to_string(folder.path().join("run/report.html")).unwrap();
    let section = section(&page, "Denoising").unwrap();
    assert!(
        section.contains("PSNR (dB)") && section.contains("PCA, 2 components"),
        "{section}"
    );
    assert!(
        !section.contains("<img") && !section.contains("SSIM") && !section.contains("median"),
        "{section}"
    );
}

#[test]
fn the_page_says_how_well_classes_are_told_from_codes() {
    let page = fs::read_to_string(Path::new(&run_of("undercomplete")).join("report.html")).unwrap();
    let table = section(&page, "Comparison with other methods").unwrap();
    assert!(
        table.contains("fitted to 1,617 rows of the training, tested on 180 rows held out."),
        "{table}"
    );
    let probed = json(Path::new("."), &["probe", &run_of("undercomplete")]);
    for of in ["codes", "pca", "raw"] {
        for error in ["neighbours_error", "logistic_error"] {
            let accuracy = format!(">{:.4}<", 1.0 - number(&probed, &[of, error]));
            assert!(table.contains(&accuracy), "{of}, {error}, {accuracy}: {table}");
        }
    }
}

#[test]
fn of_many_rows_some_tell_the_page_of_classes_and_none_where_they_were_learnt() {
    let folder = tempfile::tempdir().unwrap();
    write_table(&folder.path().join("x.csv"), 2500);
    let table = |validation: &str| {
        let call =
            "train --data x.csv --label kind --latent 2 --hidden none --epochs 1 --out run --overwrite";
        let call = [
            &call.split(' ').collect::<Vec<_>>()[..],
            &["--validation", validation],
        ]
        .concat();
        succeeds(folder.path(), &call);
        let page = fs::read_to_string(folder.path().join("run/report.html")).unwrap();
        section(&page, "Comparison with other methods")
            .unwrap()
            .to_owned()
    };
    let some = table("0.1");
    assert!(
        some.contains("fitted to 2,000 rows of the training, tested on 250 rows held out."),
        "{some}"
    );
    assert!(some.contains("Logistic regression accuracy"));
    let none = table("0");
    assert!(
        none.contains("k-NN accuracy") && !none.contains("Logistic"),
        "{none}"
    );
}

#[test]
fn the_page_shows_samples_of_every_model_and_says_what_they_are_drawn_from() {
    for (kind, density) in [
        ("variational", "drawn from the standard normal prior (seed 0)"),
        (
            "undercomplete",
            "drawn from a mixture of 10 Gaussians fitted to the codes of 1,617 training rows (seed 0)",
        ),
    ] {
        let page = fs::read_to_string(Path::new(&run_of(kind)).join("report.html")).unwrap();
        let shown = section(&page, "Decoded codes").unwrap();
        assert!(
            shown.contains("<b>Samples</b>") && shown.contains(density),
            "{shown}"
        );
        // The same as those of the command.
        let folder = tempfile::tempdir().unwrap();
        let call = [
            "sample",
            &run_of(kind),
            "-n",
            "9",
            "--out",
            "x.npy",
            "--seed",
            "0",
        ];
        let least = number(&json(folder.path(), &call), &["nearest", "samples_least"]);
        assert!(
            shown.contains(&format!(", {}</td>", significant(least, 4))),
            "{kind}, {least}: {shown}"
        );
    }
}

#[test]
fn the_parts_of_a_loss_are_in_the_history_and_on_the_page() {
    let file = |kind, name| fs::read_to_string(Path::new(&run_of(kind)).join(name)).unwrap();
    let history = file("variational", "history.csv");
    let columns = "reconstruction,divergence,validation_reconstruction,validation_divergence";
    assert!(
        history.starts_with(&format!("epoch,loss,validation_loss,seconds,{columns}\n")),
        "{history}"
    );
    let page = file("variational", "report.html");
    assert!(page.contains("Parts of the loss by epoch") && page.contains("KL divergence, training"));
    let folder = tempfile::tempdir().unwrap();
    for name in ["config.toml", "model.safetensors", "history.csv"] {
        let original = Path::new(&run_of("variational")).join(name);
        fs::copy(original, folder.path().join(name)).unwrap();
    }
    succeeds(folder.path(), &["report", "."]);
    let again = fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert_eq!(page, again, "the parts are read back from the history");
    let page = file("undercomplete", "report.html");
    assert!(
        !page.contains("Parts of the loss"),
        "a loss of one part is all there is"
    );
}
