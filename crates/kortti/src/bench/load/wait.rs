//! Waiting for answers and for a moment, whichever comes first.

use std::{
    io,
    os::fd::{AsFd, OwnedFd},
    time::Instant,
};

use rustix::{
    event::{Timespec, epoll},
    io::{Errno, retry_on_intr},
    time::{Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, timerfd_create, timerfd_settime},
};

/// How long nothing may happen, in seconds.
pub const PATIENCE_S: u64 = 10;
/// How many answers are noticed at once. They are seen to one after the other, so more would gain nothing.
const EVENTS: usize = 64;
/// Stands for the timer; no connection has it as its place.
const TIMER: u64 = u64::MAX;

/// Waits for many connections and one moment. The moment is a timer of the kernel's among the connections: unlike the time a
/// wait may take, it is exact to the nanosecond on every Linux, and the kernel adds no slack to it. A thread that spins until
/// the moment comes would be more exact on an idle machine, but takes the core that the server needs.
pub struct Waiter {
    epoll: OwnedFd,
    timer: OwnedFd,
    armed: Option<Instant>,
    events: Vec<epoll::Event>,
}

impl Waiter {
    /// # Errors
    /// When the system refuses.
    pub fn new() -> io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let timer =
            timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
        let waiter = Self { epoll, timer, armed: None, events: Vec::with_capacity(EVENTS) };
        waiter.watch(&waiter.timer, TIMER, epoll::EventFlags::IN)?;
        Ok(waiter)
    }

    /// Waits for this connection too, both for what it receives and for room to send.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn add(&self, connection: impl AsFd, place: usize) -> io::Result<()> {
        self.watch(connection, place as u64, epoll::EventFlags::IN | epoll::EventFlags::OUT)
    }

    /// Waits until something happens or `due` comes, and writes the places of the connections that something happened to into
    /// `ready`. False when neither came within [`PATIENCE_S`].
    ///
    /// # Errors
    /// When the system refuses.
    pub fn wait(&mut self, due: Option<Instant>, ready: &mut Vec<usize>) -> io::Result<bool> {
        ready.clear();
        if let Some(due) = due
            && self.armed != Some(due)
        {
            self.arm(due)?;
        }
        let patience = Timespec { tv_sec: PATIENCE_S as i64, tv_nsec: 0 };
        let (epoll, events) = (&self.epoll, &mut self.events);
        retry_on_intr(|| {
            events.clear();
            epoll::wait(epoll, rustix::buffer::spare_capacity(events), Some(&patience))
        })?;
        for event in &self.events {
            match event.data.u64() {
                TIMER => self.armed = None,
                place => ready.push(place as usize),
            }
        }
        Ok(!self.events.is_empty())
    }

    /// Sets the timer.
    fn arm(&mut self, due: Instant) -> Result<(), Errno> {
        // No time at all would switch it off.
        let left = due.saturating_duration_since(Instant::now());
        let it_value =
            Timespec { tv_sec: left.as_secs() as i64, tv_nsec: i64::from(left.subsec_nanos().max(1)) };
        let once = Itimerspec { it_interval: Timespec { tv_sec: 0, tv_nsec: 0 }, it_value };
        timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &once)?;
        self.armed = Some(due);
        Ok(())
    }

    /// Edge-triggered: what has been told once is not told again.
    fn watch(&self, source: impl AsFd, data: u64, flags: epoll::EventFlags) -> io::Result<()> {
        Ok(epoll::add(&self.epoll, source, epoll::EventData::new_u64(data), flags | epoll::EventFlags::ET)?)
    }
}

#[cfg(test)]
mod tests;
