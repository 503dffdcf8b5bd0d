//! Use case: features for classification. Most rows are unlabelled; codes learned from all of them help when labels are few.
//!
//! `cargo run --release -p latents-examples --example 10_features`

use latents::classical::{KNearest, LogisticRegression};
use latents::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let order = Key::new(0).permutation(digits().rows());
    let (train, test) = digits().split_ordered(0.3, &order)?;
    let config = DenoisingConfig::from(NetworkConfig::new(64, 32).hidden([256]));
    let mut model = Denoising::new(config, 0)?;
    let training = TrainerConfig::default().epochs(100).batch_size(32);
    Trainer::new(training).fit(&mut model, &train)?;

    let pca = Pca::fit(&train, 32)?;
    let pixels = |data: &Dataset| data.to_tensor::<f32>();
    println!("test error          logistic regression        5 nearest");
    println!("labelled rows          100         1257      100     1257");
    let (_, few) = train.split_stratified(100.0 / 1258.0, &Key::new(1).permutation(train.rows()))?;
    let of = |name: &str, features: &dyn Fn(&Dataset) -> Tensor| -> Result<(), Box<dyn std::error::Error>> {
        let mut errors = Vec::new();
        let (rows, truth) = (features(&test), test.classes().unwrap_or_default());
        for labelled in [&few, &train] {
            let (known, classes) = (features(labelled), labelled.classes().unwrap_or_default());
            let regression = LogisticRegression::fit(&known, &classes, Default::default())?;
            errors.push(100.0 * regression.error(&rows, &truth));
            errors.push(100.0 * KNearest::new(&known, &classes, 5)?.error(&rows, &truth));
        }
        println!(
            "{name:16} {:7.1} % {:10.1} % {:6.1} % {:6.1} %",
            errors[0], errors[2], errors[1], errors[3]
        );
        Ok(())
    };
    of("64 pixels", &pixels)?;
    of("PCA, 32 dims", &|data| pca.transform(&pixels(data)))?;
    of("codes, 32 dims", &|data| model.encode_data(&pixels(data)))
}
