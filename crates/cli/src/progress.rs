//! The progress bar of a training run.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use latents_text::number::{self, duration, figure};
use latents_train::Event;
use std::time::{Duration, Instant};

/// Drawing more often than this is not seen.
const REDRAW: Duration = Duration::from_millis(80);

/// Epoch, loss, validation loss, samples a second and time left, on stderr.
pub(crate) struct Progress {
    bar: ProgressBar,
    epochs: usize,
    rows: usize,
    validation: Option<f64>,
    started: Instant,
    drawn: Instant,
}

impl Progress {
    /// A bar for this number of epochs over this number of rows, hidden unless `visible`.
    pub(crate) fn new(epochs: usize, rows: usize, visible: bool) -> Self {
        let target = if visible {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(epochs.saturating_mul(rows) as u64), target);
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {msg}") {
            bar.set_style(style.progress_chars("━╸ "));
        }
        let now = Instant::now();
        Self {
            bar,
            epochs,
            rows,
            validation: None,
            started: now,
            drawn: now,
        }
    }

    /// Shows where training is.
    pub(crate) fn on(&mut self, event: &Event) {
        match event {
            Event::Batch {
                epoch,
                batch,
                batches,
                loss,
            } if self.is_due() => {
                let within = batch.saturating_mul(self.rows) / batches.max(&1);
                let done = (epoch - 1).saturating_mul(self.rows).saturating_add(within);
                self.draw(*epoch, done, *loss);
            }
            Event::LayerBatch { layer, layers, loss } if self.is_due() => {
                self.drawn = Instant::now();
                self.bar
                    .set_message(format!("layer {layer}/{layers}: loss {}", figure(*loss)));
            }
            Event::LayerEpoch {
                layer,
                layers,
                epochs,
                record,
            } => self.bar.set_message(format!(
                "layer {layer}/{layers}, epoch {}/{epochs}: loss {}",
                record.epoch,
                figure(record.train_loss)
            )),
            Event::Epoch(record) => {
                self.validation = record.validation_loss.or(self.validation);
                if self.is_due() {
                    self.draw(
                        record.epoch,
                        record.epoch.saturating_mul(self.rows),
                        record.train_loss,
                    );
                }
            }
            _ => {}
        }
    }

    fn is_due(&self) -> bool {
        self.drawn.elapsed() >= REDRAW
    }

    fn draw(&mut self, epoch: usize, done: usize, loss: f64) {
        self.drawn = Instant::now();
        if self.bar.is_hidden() || done == 0 {
            return;
        }
        let seconds = self.started.elapsed().as_secs_f64();
        let left = seconds / done as f64 * self.epochs.saturating_mul(self.rows).saturating_sub(done) as f64;
        let validation = self
            .validation
            .map(|loss| format!(", validation {}", figure(loss)))
            .unwrap_or_default();
        self.bar.set_position(done as u64);
        self.bar.set_message(format!(
            "epoch {epoch}/{}: loss {}{validation}, {} samples/s, {} left",
            self.epochs,
            figure(loss),
            number::count((done as f64 / seconds) as usize),
            duration(left)
        ));
    }

    /// Runs `print`, whose lines stand above the bar.
    pub(crate) fn pause(&self, print: impl FnOnce()) {
        self.bar.suspend(print);
    }

    /// Takes the bar away: the result follows.
    pub(crate) fn finish(self) {
        self.bar.finish_and_clear();
    }
}
