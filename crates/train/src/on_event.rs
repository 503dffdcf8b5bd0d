//! `OnEvent`: a callback that is called after every event of a training.

use crate::{Control, Event};
use std::fmt;

/// A callback that is called after every event of a training; the default does nothing.
///
/// For builders that pass a callback on to a [`Trainer`](crate::Trainer).
#[derive(Default)]
pub struct OnEvent<'a>(Option<Callback<'a>>);

type Callback<'a> = Box<dyn FnMut(&Event) -> Control + 'a>;

impl<'a> OnEvent<'a> {
    /// A callback that returns nothing, or a [`Control`] that can stop the training.
    pub fn new<C: Into<Control>>(mut callback: impl FnMut(&Event) -> C + 'a) -> Self {
        Self(Some(Box::new(move |event| callback(event).into())))
    }

    /// Calls it.
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
