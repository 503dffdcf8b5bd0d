use super::*;

/// Pictures of 7×6 with 2 channels, and a code of 2×2 with 3.
fn image_code() -> NetworkConfig {
    let convolution = ConvolutionConfig::new([7, 6, 2], [3, 5]).latent_channels(3);
    NetworkConfig::image_code(convolution)
}

fn count(network: &Network) -> u128 {
    let mut count = 0;
    network.visit(&mut |parameter| count += parameter.value().len() as u128);
    count
}

#[test]
fn the_number_of_parameters_is_known_before_any_is_made() {
    let mirrored = NetworkConfig::new(11, 3).hidden([7, 5]);
    let other = NetworkConfig {
        decoder_hidden: Some(vec![4]),
        ..mirrored.clone()
    };
    let convolution = ConvolutionConfig::new([7, 6, 2], [3, 5]);
    let pictures = NetworkConfig::new(84, 4).hidden([9]).convolution(convolution);
    for config in [NetworkConfig::new(11, 3), mirrored, other, pictures, image_code()] {
        assert_eq!(config.validate(), Ok(()));
        assert_eq!(config.parameters(), count(&Network::new(&config, 1)));
        let width = 2 * config.latent;
        let wide = Network::with_code(&config, width, 1);
        assert_eq!(config.parameters_with_code(width), count(&wide));
    }
}

#[test]
fn sizes_that_no_memory_holds_are_refused() {
    let message = |config: NetworkConfig| config.validate().unwrap_err().to_string();
    assert_eq!(
        message(NetworkConfig::new(784, 99_999_999_999)),
        "latent is 99999999999: the model would have 156899999999215 parameters; the limit is 2147483648"
    );
    for size in [usize::MAX, usize::MAX / 2, 1 << 62] {
        let deep = NetworkConfig::new(8, 8).hidden([8, size]);
        assert!(message(deep).starts_with(&format!("hidden[1] is {size}: the model would have ")));
    }
    assert_eq!(NetworkConfig::new(1 << 15, 1 << 14).validate(), Ok(()));
    let empty = NetworkConfig {
        decoder_hidden: Some(vec![4, 0]),
        ..NetworkConfig::new(8, 2)
    };
    assert_eq!(
        message(empty),
        "decoder_hidden[1] is 0: a layer needs at least 1 unit"
    );
}

#[test]
fn pictures_come_back_in_their_size_and_order() {
    use latents_autograd::Tape;
    for (image, channels) in [
        ([28, 28, 1], vec![4, 8]),
        ([9, 7, 3], vec![2, 3, 4]),
        ([5, 5, 1], vec![2]),
    ] {
        let input = image.iter().product();
        let config = NetworkConfig::new(input, 3).convolution(ConvolutionConfig::new(image, channels));
        assert_eq!(config.validate(), Ok(()));
        let network = Network::<f32>::new(&config, 1);
        let tape = Tape::new();
        let x = tape.input(&Key::new(2).uniform([2, input]));
        let code = network.encoder.forward(x);
        assert_eq!(code.shape()[..], [2, 3]);
        assert_eq!(network.decoder.forward(code).shape()[..], [2, input]);
    }
}

#[test]
fn convolutions_that_do_not_fit_are_refused() {
    let refused = |convolution: ConvolutionConfig| {
        let config = NetworkConfig::new(64, 2).convolution(convolution);
        config.validate().unwrap_err().to_string()
    };
    let image = [8, 8, 1];
    assert_eq!(
        refused(ConvolutionConfig::new([8, 9, 1], [4])),
        "convolution.image is [8, 9, 1]: its values must be the 64 of a row"
    );
    assert!(refused(ConvolutionConfig::new(image, [])).contains("at least one convolution"));
    let mut large = ConvolutionConfig::new(image, [4, 4]);
    (large.kernel, large.padding) = (7, 0);
    assert!(refused(large.clone()).contains("channels is [4, 4]: too many convolutions for the image"));
    large.kernel = 99;
    assert!(refused(large).starts_with("convolution.kernel is 99: must not exceed the padded image"));
    assert!(refused(ConvolutionConfig::new(image, [4, 0])).starts_with("convolution.channels[1] is 0"));
    let wide = ConvolutionConfig::new(image, [4]).latent_channels(1 << 40);
    assert!(
        refused(wide).starts_with("convolution.latent_channels is 1099511627776: a code can have at most")
    );
    let mut still = ConvolutionConfig::new(image, [4]);
    still.stride = 0;
    assert!(refused(still).starts_with("convolution.stride is 0"));
}

#[test]
fn a_bottleneck_is_narrow_somewhere() {
    assert!(NetworkConfig::new(8, 2).is_bottleneck());
    assert!(NetworkConfig::new(8, 8).hidden([4]).is_bottleneck());
    assert!(!NetworkConfig::new(8, 8).hidden([16]).is_bottleneck());
}

/// A position of the code is made of the pixels around it, and its numbers lie side by side.
#[test]
fn a_code_that_is_an_image_keeps_positions() {
    use latents_autograd::Tape;
    let config = NetworkConfig {
        hidden_activation: Activation::Identity,
        ..NetworkConfig::image_code(ConvolutionConfig::new([8, 8, 1], [4, 5]).latent_channels(3))
    };
    assert_eq!((config.latent, config.code_image()), (12, Some([2, 2, 3])));
    assert_eq!(config.validate(), Ok(()));
    assert_eq!(config.sizes_text(), "8×8-4c-5c-2×2×3-5c-4c-8×8");
    let network = Network::<f32>::with_code(&config, 24, 1);
    let codes = |pixel: usize| {
        let tape = Tape::new();
        let rows = latents_tensor::Tensor::from_fn([1, 64], |i| f32::from(u8::from(i == pixel)));
        network.encoder.forward(tape.input(&rows)).value().to_vec()
    };
    let (dark, lit) = (codes(64), codes(63));
    assert_eq!(dark.len(), 24);
    // The last pixel is seen by the last position alone: three numbers at the end of each of the two images.
    let changed: Vec<usize> = (0..24).filter(|&place| dark[place] != lit[place]).collect();
    assert_eq!(changed, [9, 10, 11, 21, 22, 23]);
    let tape = Tape::new();
    let code = tape.input(&Key::new(3).normal([2, 12]));
    assert_eq!(network.decoder.forward(code).shape()[..], [2, 64]);
    let rows = network.layers([1, 64].into());
    assert!(rows.iter().any(|row| row.output_shape[..] == [1, 24]), "{rows:?}");
}

#[test]
fn an_image_code_of_another_size_or_with_hidden_layers_is_refused() {
    let message = |config: NetworkConfig| config.validate().unwrap_err().to_string();
    let other = NetworkConfig {
        latent: 8,
        ..image_code()
    };
    assert_eq!(
        message(other),
        "latent is 8: must be 12, the size of an image code of 2 × 2 × 3 (latent_channels)"
    );
    let hidden = image_code().hidden([9]);
    assert!(message(hidden).starts_with("hidden is [9]: must be empty: an image code"));
    let decoder = NetworkConfig {
        decoder_hidden: Some(vec![7]),
        ..image_code()
    };
    assert!(message(decoder).starts_with("decoder_hidden is [7]: "));
    let none = NetworkConfig::image_code(ConvolutionConfig::new([7, 6, 2], [3]).latent_channels(0));
    assert_eq!(
        message(none),
        "convolution.latent_channels is 0: must be at least 1"
    );
    let huge = ConvolutionConfig::new([7, 6, 2], [3]).latent_channels(usize::MAX);
    assert!(
        message(NetworkConfig::new(84, 1).convolution(huge)).starts_with("convolution.latent_channels is ")
    );
}
