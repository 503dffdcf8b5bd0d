//! The page in a browser, where there is one: it is drawn, in light and in dark, and asks for nothing.

use latents_report::pictures::ImageShape;
use latents_report::{Comparison, DenoisingSection, FindingText, Gallery, GalleryLine, RunPage, Severity};
use latents_tensor::Tensor;
use std::path::Path;
use std::process::{Command, Stdio};

/// Chromium, by any of its names.
fn browser() -> Option<&'static str> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    names.into_iter().find(|name| {
        let version = Command::new(name)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        version.is_ok_and(|status| status.success())
    })
}

fn page() -> String {
    let gallery = Gallery {
        title: "Samples".into(),
        about: String::new(),
        columns: Vec::new(),
        lines: vec![GalleryLine {
            name: String::new(),
            pictures: Tensor::from_fn([4, 64], |i| i as f32 / 256.0),
            captions: Vec::new(),
        }],
        image: ImageShape::grey(8, 8),
    };
    RunPage {
        title: "In a browser".into(),
        denoising: Some(DenoisingSection {
            pictures: Some(Gallery {
                title: "Clean, noisy, cleaned".into(),
                ..gallery.clone()
            }),
            figures: Comparison::default(),
        }),
        galleries: vec![gallery],
        findings: vec![FindingText {
            title: "Over-fitting".into(),
            severity: Severity::Warning,
            what: "The loss rises.".into(),
            remedy: "Stop earlier.".into(),
        }],
        ..RunPage::default()
    }
    .to_html()
}

/// The DOM as the browser has it, and what it complained of.
fn shown(browser: &str, folder: &Path, further: &[&str]) -> (String, String) {
    let page = folder.join("page.html");
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .args(["--enable-logging=stderr", "--log-level=0"])
        .args(further)
        .arg(format!("file://{}", page.display()))
        .output()
        .expect("the browser was found before");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_browser_draws_the_page_without_a_complaint() {
    let Some(browser) = browser() else {
        println!("skipped: there is no chromium");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("page.html"), page()).unwrap();
    let (dom, log) = shown(browser, folder.path(), &["--dump-dom"]);
    assert!(
        dom.contains("Over-fitting")
            && dom.contains("Clean, noisy, cleaned")
            && dom.matches("<img").count() == 8,
        "{log}"
    );
    // What the content policy refuses, and mistakes in styles and markup, are said on the console.
    assert!(!log.contains("CONSOLE"), "{log}");
    let shot = |name: &str, further: &str| {
        let picture = folder.path().join(name);
        let to = format!("--screenshot={}", picture.display());
        shown(browser, folder.path(), &[&to, "--window-size=900,900", further]);
        std::fs::read(picture).expect("a picture was taken")
    };
    let light = shot("light.png", "--blink-settings=preferredColorScheme=1");
    let dark = shot("dark.png", "--blink-settings=preferredColorScheme=0");
    assert!(
        light.len() > 5_000 && light != dark,
        "light and dark are drawn apart"
    );
}
