//! `OnEvent`: a callback for the events of a training.

use crate::{Control, Event};
use std::fmt;

/// A callback for the events of a training; the default does nothing.
///
/// For builders that pass a callback to a [`Trainer`](crate::Trainer).
#[derive(Default)]
pub struct OnEvent<'a>(Option<Box<Callback<'a>>>);

type Callback<'a> = dyn FnMut(&Event) -> Control + 'a;

impl<'a> OnEvent<'a> {
    /// Wraps a callback that returns nothing, or a [`Control`] that can stop the training.
    ///
    /// ```
    /// # use latents_train::{Control, Event, OnEvent};
    /// let mut stop = OnEvent::new(|_: &Event| Control::Stop);
    /// let event = Event::Batch { epoch: 1, batch: 1, batches: 9, loss: 0.5 };
    /// assert!(matches!(stop.call(&event), Control::Stop));
    /// assert!(matches!(OnEvent::default().call(&event), Control::Continue));
    /// ```
    pub fn new<C: Into<Control>>(mut callback: impl FnMut(&Event) -> C + 'a) -> Self {
        Self(Some(Box::new(move |event| callback(event).into())))
    }

    /// Calls the callback.
    pub fn call(&mut self, event: &Event) -> Control {
        match &mut self.0 {
            Some(callback) => callback(event),
            None => Control::Continue,
        }
    }
}

impl fmt::Debug for OnEvent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "OnEvent" } else { "none" })
    }
}
