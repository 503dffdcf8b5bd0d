//! A table of matrix products compared with the peers, in about a minute: GFLOP/s and the fraction of the measured peak.
//!
//! `cargo run --release -p latents-benches --features tables --example gemm_table [-- f64|f32 [part of a product's name]]`
//!
//! Samples of all contenders alternate, so that a busy machine affects them equally; the best of each counts.
//! `LATENTS_SIMD` chooses our instruction set, and with it the peak that fractions refer to.

#[path = "../peers/mod.rs"]
mod peers;

use latents_benches::peak::Peak;
use latents_benches::shapes::{PRODUCTS, Product};
use latents_tensor::parallel;
use latents_tensor::simd::Isa;
use peers::{Element, NAMES, Operands};
use std::process::Command;
use std::time::{Duration, Instant};

const SAMPLES: usize = 60;
const SAMPLE: Duration = Duration::from_micros(1500);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match std::env::var("MATMUL_NUM_THREADS") {
        Ok(threads) => {
            let threads = threads.parse().unwrap_or(1);
            let part = arguments.get(1).map_or("", String::as_str);
            match arguments.first().map(String::as_str) {
                Some("f64") => table::<f64>(threads, part),
                _ => table::<f32>(threads, part),
            }
        }
        // matrixmultiply reads its number of threads once, from the environment: one process for each.
        Err(_) => ["1", "2"].iter().for_each(|threads| {
            let program = std::env::current_exe().expect("the path of this program");
            let status = Command::new(program)
                .args(&arguments)
                .env("MATMUL_NUM_THREADS", threads)
                .status();
            assert!(status.is_ok_and(|status| status.success()), "the table stopped");
        }),
    }
}

fn table<T: Element>(threads: usize, part: &str) {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("a pool of threads");
    println!("\n{} · {threads} thread(s) · {}", T::NAME, Isa::active().name());
    print!("{:24} {:8}", "product", "");
    NAMES.iter().for_each(|name| print!("{name:>20}"));
    println!("{:>10}", "peak");
    for product in PRODUCTS.iter().filter(|product| product.name().contains(part)) {
        let (best, peak) = pool.install(|| measure::<T>(product, threads));
        print!("{:24} {:8}", product.name(), product.note);
        best.iter()
            .for_each(|rate| print!("{:12.1} ({:4.2})", rate / 1e9, rate / peak));
        println!("{:10.1}", peak / 1e9);
    }
}

/// The best rate of each contender, and the peak of all threads.
fn measure<T: Element>(product: &Product, threads: usize) -> ([f64; NAMES.len()], f64) {
    let mut operands = Operands::<T>::new(product);
    let (mut best, mut peak) = ([0.0f64; NAMES.len()], Peak::default());
    let mut timed = |who: usize, repeats: usize| {
        let start = Instant::now();
        (0..repeats).for_each(|_| peers::multiply(who, product, &mut operands, threads));
        start.elapsed().as_secs_f64() / repeats as f64
    };
    let one: [f64; NAMES.len()] = std::array::from_fn(|who| {
        timed(who, 1);
        timed(who, 3)
    });
    for _ in 0..SAMPLES {
        peak.sample::<T>(Isa::active(), threads);
        for who in 0..NAMES.len() {
            let repeats = (SAMPLE.as_secs_f64() / one[who]).ceil() as usize;
            let seconds = if who == 0 {
                parallel::team(|| timed(who, repeats))
            } else {
                timed(who, repeats)
            };
            best[who] = best[who].max(product.operations() / seconds);
        }
    }
    (best, peak.rate())
}
