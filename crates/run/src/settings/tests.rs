use super::*;

fn settings() -> Settings {
    Settings::new(Registry::standard().find("undercomplete").unwrap())
}

#[test]
fn digits_have_a_preset_and_others_half_their_columns() {
    assert_eq!(
        settings().model_config(64, None).unwrap().title(),
        "undercomplete 64-128-8-128-64"
    );
    let other = settings().source("x.npy");
    assert_eq!(
        other.model_config(20, None).unwrap().title(),
        "undercomplete 20-10-20"
    );
    let narrow = settings()
        .model("network.latent", 3)
        .model("network.hidden", Vec::<usize>::new());
    assert_eq!(
        narrow.model_config(64, None).unwrap().title(),
        "undercomplete 64-3-64"
    );
}

#[test]
fn another_kind_keeps_the_layers_alone() {
    let registry = Registry::standard();
    let mut settings = Settings::new(registry.find("sparse").unwrap()).model("network.latent", 9);
    settings.set_option("--penalty", "kl:0.1:1").unwrap();
    assert_eq!(
        settings.set_option("--beta", "1").unwrap_err().what().to_string(),
        "--beta does not apply to sparse models"
    );
    settings.set_variant(registry.find("variational").unwrap());
    let config = settings.model_config(64, None).unwrap();
    assert!(
        config.title().starts_with("variational 64-") && config.latent_dim() == 9,
        "{}",
        config.title()
    );
}

#[test]
fn another_optimiser_forgets_the_numbers() {
    let mut settings = settings()
        .training("optimizer.name", "sgd")
        .training("optimizer.momentum", 0.5);
    settings.set_optimizer("sgd");
    assert_eq!(
        settings.trainer_config().unwrap().optimizer.to_string(),
        "SGD, learning rate 0.01"
    );
    settings.set_optimizer("rmsprop");
    assert_eq!(
        settings.trainer_config().unwrap().optimizer.to_string(),
        "RMSprop, learning rate 0.01"
    );
}

#[test]
fn unknown_settings_are_refused() {
    assert!(
        settings()
            .model("netwrk.latent", 3)
            .model_config(64, None)
            .is_err()
    );
    assert!(settings().training("epoch", 3).trainer_config().is_err());
    assert!(settings().training("epochs", 0).trainer_config().is_err());
}

#[test]
fn a_code_that_stays_an_image_has_the_size_that_its_convolutions_give() {
    let image = Some([8, 8, 1]);
    let title = |settings: &Settings| settings.model_config(64, image).unwrap().title();
    let mut grid = settings()
        .model("network.hidden", [20])
        .model("network.latent", 5);
    grid.set_convolution("channels", [4, 6]);
    assert_eq!(title(&grid), "undercomplete 8×8-4c-6c-20-5-20-6c-4c-8×8");
    grid.set_convolution("latent_channels", 3);
    assert_eq!(title(&grid), "undercomplete 8×8-4c-6c-2×2×3-6c-4c-8×8");
    grid.set_convolution("channels", [4]);
    assert_eq!(title(&grid), "undercomplete 8×8-4c-4×4×3-4c-8×8");
    // The positions are the groups of its entries, whose number nobody chose.
    grid.set_variant(Registry::standard().find("vq").unwrap());
    let config = grid.model_config(64, image).unwrap();
    let vq = config.downcast::<latents_autoencoders::VqConfig>().unwrap();
    assert_eq!((vq.groups, vq.network.latent), (16, 48));
    // The settings of a run hold the number of groups; another image code has another one, as other data have.
    let groups = |settings: &Settings, side: usize| {
        let config = settings.model_config(side * side, Some([side, side, 1]));
        let config = config.unwrap();
        config.validate().unwrap();
        config
            .downcast::<latents_autoencoders::VqConfig>()
            .unwrap()
            .groups
    };
    let mut saved = grid.clone().model("groups", 16).model("network.latent", 48);
    assert_eq!(groups(&saved, 8), 16);
    saved.set_convolution("channels", [4, 6]);
    assert_eq!(groups(&saved, 8), 4);
    let larger = saved.model("groups", 4).source("larger.npy");
    assert_eq!(groups(&larger, 16), 16);
    // The size of the images of other data may be another.
    let other = grid.source("other.npy").model("network.latent", 12);
    let wrong = other.model_config(64, image).unwrap();
    assert!(
        wrong
            .validate()
            .unwrap_err()
            .to_string()
            .starts_with("network.latent is 12: must be 48, the size of an image code")
    );
}

#[test]
fn a_code_stays_an_image_only_behind_convolutions() {
    let mut lonely = settings();
    lonely.set_convolution("latent_channels", 3);
    let error = lonely.model_config(64, Some([8, 8, 1])).unwrap_err().to_string();
    assert!(error.starts_with("`latent_channels` needs `channels`"), "{error}");
}

/// The settings of a run, with which another one is trained on images of another size.
#[test]
fn the_size_of_an_image_code_does_not_go_to_other_data() {
    let grid = settings()
        .source("small.npy")
        .model("network.convolution.channels", [4])
        .model("network.convolution.latent_channels", 2)
        .model("network.convolution.image", [8, 8, 1])
        .model("network.latent", 32);
    let other = grid
        .source("large.npy")
        .model_config(256, Some([16, 16, 1]))
        .unwrap();
    assert_eq!(other.title(), "undercomplete 16×16-4c-8×8×2-4c-16×16");
}
