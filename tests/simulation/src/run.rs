//! A run: a seed, from its first event to the last check.

use std::collections::{BTreeMap, BTreeSet};

use tidegate_client::machine::{FrameText, Input};
use tidegate_core::broker::Rules;
use tidegate_core::rights::Rights;

use crate::client::Client;
use crate::dice::{Dice, Fault, Site};
use crate::event::Event;
use crate::functions::{Function, Invocation, LIMIT_MS, Outcome, ServerCall};
use crate::gateway::Stage;
use crate::kernel::{START_MS, Shared, World};
use crate::ledger::Violation;
use crate::mutation::Mutation;
use crate::ports::Ports;
use crate::stack::Stack;
use crate::tasks::Tasks;
use crate::trace::Trace;
use crate::workload::{self, Action, Step};

/// How often the server's side tries.
const SERVER_TRIES: u32 = 8;

/// What is run.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The seed, which decides all that the rest does not.
    pub seed: u64,
    /// What is broken on purpose.
    pub mutation: Option<Mutation>,
    /// Faults that are left out.
    pub without_faults: Vec<Fault>,
    /// Steps of the workload that are left out, by their number.
    pub without_steps: BTreeSet<usize>,
    /// Whether every line of what happens is kept.
    pub whole_trace: bool,
}

impl Plan {
    /// All of a seed, as it is.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        Self {
            seed,
            ..Self::default()
        }
    }
}

/// What came of a run.
#[derive(Debug)]
pub struct Report {
    /// What does not hold; the first only, as the rest may follow from it.
    pub violation: Option<Violation>,
    /// The hash of all that happened.
    pub hash: u64,
    /// The last of what happened, or all.
    pub lines: Vec<String>,
    /// The faults that were made.
    pub faults: Vec<Fault>,
    /// How many steps the workload has.
    pub steps: usize,
    /// How many publications arrived at applications.
    pub delivered: usize,
    /// How often an application was told that something is lost.
    pub lost: usize,
    /// How often one was told that nothing is.
    pub recovered: usize,
}

/// A run under way.
pub(crate) struct Run {
    pub(crate) shared: Shared,
    pub(crate) clients: Vec<Client>,
    pub(crate) stack: Stack,
    tasks: Tasks,
    rules: Rules,
    steps: Vec<Step>,
    members: BTreeSet<usize>,
    /// Until when users get no tokens, in epoch milliseconds.
    no_tokens: BTreeMap<usize, u64>,
    next_task: u64,
}

/// Runs a seed.
#[must_use]
pub fn run(plan: &Plan) -> Report {
    let mut run = Run::new(plan);
    run.go();
    let world = run.shared.lock();
    Report {
        violation: world.ledger.violations.first().cloned(),
        hash: world.trace.hash(),
        lines: world.trace.lines(),
        faults: world.dice.made().to_vec(),
        steps: run.steps.len(),
        delivered: world.ledger.delivered,
        lost: world.ledger.lost,
        recovered: world.ledger.recovered,
    }
}

impl Run {
    fn new(plan: &Plan) -> Self {
        let mut dice = Dice::new(plan.seed, &plan.without_faults);
        let stack = Stack::new(&mut dice);
        let steps = workload::steps(&mut dice, &stack);
        dice.faults = stack.faults;
        let clients = (0..stack.clients).map(|number| {
            let site = Site::of("client clock").nth(number as u64);
            let skew = dice.at(site).i64(-5_000..=5_000);
            let user = format!("u{}", number % stack.users);
            Client::new(number, user, skew)
        });
        let clients = clients.collect();
        let trace = Trace::new(plan.whole_trace);
        let mut world = World::new(dice, trace, plan.mutation);
        world.ledger.fails = stack.faults > 0;
        world.ledger.namespaces = stack.rules.namespaces.clone();
        for (number, step) in steps.iter().enumerate() {
            if !plan.without_steps.contains(&number) {
                world.after(step.at_ms, Event::Step(number));
            }
        }
        world.after(30_000, Event::Minute);
        let mut rules = stack.rules.clone();
        if plan.mutation == Some(Mutation::NoLimit) {
            rules.limits.connections_per_user = None;
        }
        Self {
            rules,
            shared: Shared::new(world),
            clients,
            members: (0..stack.users).collect(),
            no_tokens: BTreeMap::new(),
            stack,
            steps,
            tasks: Tasks::default(),
            next_task: 0,
        }
    }

    fn go(&mut self) {
        let length = workload::length_ms(&self.stack);
        self.until(length);
        self.check_quiet();
    }

    /// Lets everything happen until so long after the beginning, or until something does not hold.
    pub(crate) fn until(&mut self, since_ms: u64) {
        loop {
            let event = {
                let mut world = self.shared.lock();
                if !world.ledger.violations.is_empty() {
                    return;
                }
                world.next(START_MS + since_ms)
            };
            let Some(event) = event else { return };
            self.happens(event);
            while let Some(ended) = self.tasks.advance() {
                if let Some((_, invocation, outcome)) = ended {
                    self.ended(&invocation, outcome);
                }
            }
        }
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Resume(pause) => self.shared.lock().resume(pause),
            Event::Invoke(invocation) => self.invoke(invocation),
            Event::Kill(task, why) => {
                if let Some(invocation) = self.tasks.kill(task) {
                    let line = format!("{} {why}", name(&invocation));
                    self.shared.lock().note(&line);
                    self.ended(&invocation, Outcome::Failed);
                }
            }
            Event::Late(request) => request(&mut self.shared.lock()),
            Event::Handshake(id) => self.invoke(Invocation::Connect(id)),
            Event::FromClient(id, frame) => self.frame(id, frame),
            Event::ToClient(id, frame) => {
                self.on_connection(&id, |socket| Input::Frame {
                    socket,
                    text: FrameText::new(frame),
                });
            }
            Event::Hangup(id) => {
                let mut world = self.shared.lock();
                world.note(&format!("gateway sees the end of {id}"));
                if let Some(one) = world.gateway.connections.get_mut(&id) {
                    one.broken = true;
                }
                world.end_connection(&id, None);
            }
            Event::Ended(id, code) => {
                self.on_connection(&id, |socket| Input::Closed { socket, code });
                if let Some(client) = self.client_of(&id) {
                    self.clients[client].lose(&id);
                }
            }
            Event::Idle(id) => self.shared.lock().look_whether_idle(&id),
            Event::Unreachable(client, socket) => {
                let mut world = self.shared.lock();
                self.clients[client].unreachable(&mut world, socket);
            }
            Event::Timer(client, plan) => {
                let mut world = self.shared.lock();
                self.clients[client].timer(&mut world, plan);
            }
            Event::Token(client, life) => self.token(client, life),
            Event::Step(number) => self.step(number),
            Event::Poll => {
                let batch = self.shared.lock().receive();
                if !batch.is_empty() {
                    self.invoke(Invocation::Fanout(batch));
                }
            }
            Event::Minute => self.minute(),
            Event::Expire => {
                let mut world = self.shared.lock();
                let world = &mut *world;
                let now_ms = world.now_ms;
                let mut numbers = world.dice.at(Site::of("expire"));
                // In no order, and late.
                world.store.expire(now_ms, |_| numbers.u8(0..3) == 0);
            }
            Event::Replicate(behind) => {
                let world = self.shared.lock();
                if behind {
                    world.store.fall_behind();
                } else {
                    world.store.catch_up();
                }
            }
        }
    }

    fn minute(&mut self) {
        let sweeps = {
            let mut world = self.shared.lock();
            world.after(60_000, Event::Minute);
            world.after(17_000, Event::Expire);
            let site = Site::of("minute");
            if world.dice.fault(site, "replica falls behind", 1_500) {
                let behind = world.dice.ms(site, 1..=50_000);
                let ms = world.dice.ms(site, 100..=2_000);
                world.after(behind, Event::Replicate(true));
                world.after(behind + ms, Event::Replicate(false));
            }
            let swept = world.mutation != Some(Mutation::NeverSweeps);
            if !swept || world.dice.fault(site, "schedule does not fire", 400) {
                0
            } else {
                1 + u64::from(world.dice.fault(site, "schedule fires twice", 200))
            }
        };
        for nth in 0..sweeps {
            let minute = self.shared.lock().now_ms / 60_000;
            self.invoke(Invocation::Sweep(minute * 2 + nth));
        }
    }

    fn token(&mut self, client: usize, life: u64) {
        let user = client % self.stack.users;
        let mut world = self.shared.lock();
        let site = Site::of("token").nth(client as u64);
        let withheld = self.no_tokens.get(&user).copied().unwrap_or(0);
        let rights = if world.now_ms < withheld || world.dice.fault(site, "no token", 200) {
            None
        } else {
            let now_s = world.now_ms / 1_000;
            let member = self.members.contains(&user);
            Some(Rights {
                user: format!("u{user}"),
                groups: member.then(|| "team:red".to_owned()).into_iter().collect(),
                issued_at: now_s,
                expires_at: now_s + self.stack.token_s,
            })
        };
        self.clients[client].token(&mut world, life, rights);
    }

    fn step(&mut self, number: usize) {
        let action = self.steps[number].action.clone();
        let mut guard = self.shared.lock();
        let world = &mut *guard;
        world.note(&format!("step {number}: {action:?}"));
        match action {
            Action::Begin { client, anew } => {
                let skew_ms = self.stack.skew_ms;
                self.clients[client].begin(world, anew, skew_ms);
            }
            Action::Subscribe { client, channel } => {
                self.clients[client].subscribe(world, &channel);
            }
            Action::Unsubscribe { client, channel } => {
                self.clients[client].unsubscribe(world, &channel);
            }
            Action::Publish {
                client,
                channel,
                number,
            } => self.clients[client].publish(world, &channel, number),
            Action::History {
                client,
                channel,
                newest,
            } => self.clients[client].history(world, &channel, newest),
            Action::Noise { client, frame } => self.clients[client].noise(world, frame),
            Action::Close { client } => self.clients[client].close(world),
            Action::Die { client } => self.clients[client].die(world),
            Action::Drop { client } => self.clients[client].break_off(world, true),
            Action::Silence { client } => self.clients[client].break_off(world, false),
            Action::Outage { client, ms } => self.clients[client].go_offline(world, ms),
            Action::NoTokens { user, ms } => {
                let until_ms = world.now_ms + ms;
                self.no_tokens.insert(user, until_ms);
            }
            Action::Server(call) => {
                drop(guard);
                self.invoke(Invocation::Server(call, number, 0));
            }
            Action::Member { user, is } => {
                if is {
                    self.members.insert(user);
                } else {
                    self.members.remove(&user);
                }
            }
        }
    }

    fn frame(&mut self, id: tidegate_core::connection::ConnectionId, frame: String) {
        let nth = {
            let mut world = self.shared.lock();
            if !world.gateway.is_open(&id) {
                return;
            }
            world.touched(&id);
            if frame == r#"{"action":"ping"}"# {
                world.send_to_client(&id, r#"{"type":"pong"}"#.to_owned());
                return;
            }
            let one = world.gateway.connections.get(&id);
            one.map_or(0, |one| one.frames)
        };
        self.invoke(Invocation::Message(id, frame, nth));
    }

    /// Begins a function.
    pub(crate) fn invoke(&mut self, invocation: Invocation) {
        self.next_task += 1;
        let task = self.next_task;
        let name = name(&invocation);
        let site = Site::of(&name);
        let (skew_ms, begun_ms, jitter) = {
            let mut world = self.shared.lock();
            world.note(&format!("{name} begins"));
            world.after(LIMIT_MS, Event::Kill(task, "ran for too long"));
            let skew = i64::try_from(self.stack.skew_ms).unwrap_or(0);
            let skew = world.dice.at(site).i64(-skew..=skew);
            let jitter = world.dice.at(site).f64();
            let begun_ms = world.now_ms;
            (skew, begun_ms, jitter)
        };
        let ports = Ports::new(&self.shared, task, site, skew_ms);
        let function = Function {
            shared: self.shared.clone(),
            backend: Function::backend(&ports, &self.rules),
            ports,
            skew_ms,
            max_skew_ms: self.stack.skew_ms,
            begun_ms,
            jitter,
            name: format!("p{task}"),
        };
        let running = Box::pin(function.run(invocation.clone()));
        self.tasks.begin(task, invocation, running);
    }

    /// A function has ended.
    fn ended(&mut self, invocation: &Invocation, outcome: Outcome) {
        let mut guard = self.shared.lock();
        let world = &mut *guard;
        world.note(&format!("{} ends: {}", name(invocation), told(&outcome)));
        match (invocation, outcome) {
            (Invocation::Connect(id), outcome) => {
                let answer = match outcome {
                    Outcome::Connected(answer) => answer,
                    _ => Err(500),
                };
                drop(guard);
                self.handshake_ended(id, answer);
            }
            (Invocation::Message(id, ..), Outcome::Reply(reply)) => {
                if let Some(reply) = reply.filter(|_| world.gateway.is_open(id)) {
                    world.send_to_client(id, reply);
                }
            }
            (Invocation::Message(id, ..), _) => {
                let frame = format!(
                    r#"{{"message":"Internal server error","connectionId":"{id}","requestId":"r"}}"#
                );
                if world.gateway.is_open(id) {
                    world.send_to_client(id, frame);
                }
            }
            (Invocation::Fanout(_), Outcome::Batch(done)) => world.delete(&done),
            (Invocation::Server(call, step, tried), Outcome::Failed) => {
                let patient = matches!(call, ServerCall::Revoke(_));
                if patient || *tried < SERVER_TRIES {
                    let again = Invocation::Server(call.clone(), *step, tried + 1);
                    world.after(5_000, Event::Invoke(again));
                }
            }
            _ => {}
        }
    }

    fn handshake_ended(
        &mut self,
        id: &tidegate_core::connection::ConnectionId,
        answer: Result<(), u16>,
    ) {
        {
            let mut world = self.shared.lock();
            let Some(one) = world.gateway.connections.get_mut(id) else {
                return;
            };
            if one.stage != Stage::Handshake {
                return;
            }
            match answer {
                Ok(()) => world.open_connection(id),
                Err(_) => one.stage = Stage::Ended,
            }
        }
        if answer.is_ok() {
            self.check_connections(id);
        }
        match answer {
            Ok(()) => self.on_connection(id, |socket| Input::Opened { socket }),
            Err(status) => {
                self.on_connection(id, |socket| Input::HandshakeFailed {
                    socket,
                    status: Some(status),
                });
                if let Some(client) = self.client_of(id) {
                    self.clients[client].lose(id);
                }
            }
        }
    }

    fn client_of(&self, id: &tidegate_core::connection::ConnectionId) -> Option<usize> {
        let world = self.shared.lock();
        let one = world.gateway.connections.get(id)?;
        Some(one.client)
    }

    fn on_connection(
        &mut self,
        id: &tidegate_core::connection::ConnectionId,
        input: impl FnOnce(tidegate_client::machine::SocketId) -> Input,
    ) {
        if let Some(client) = self.client_of(id) {
            let mut world = self.shared.lock();
            self.clients[client].on_connection(&mut world, id, input);
        }
    }
}

/// The name of an invocation: the same in every run of a seed in which it happens.
fn name(invocation: &Invocation) -> String {
    match invocation {
        Invocation::Connect(id) => format!("$connect of {id}"),
        Invocation::Disconnect(id) => format!("$disconnect of {id}"),
        Invocation::Message(id, frame, nth) => {
            let action = frame.split('"').nth(3).unwrap_or_default();
            format!("{action} {nth} of {id}")
        }
        Invocation::Fanout(batch) => {
            let ids: Vec<_> = batch.iter().map(|(id, _)| *id).collect();
            format!("fan-out of {ids:?}")
        }
        Invocation::Sweep(minute) => format!("sweep {minute}"),
        Invocation::Server(call, step, tried) => format!("{call:?} of step {step} try {tried}"),
    }
}

fn told(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Reply(Some(reply)) => reply.chars().take(160).collect(),
        outcome => format!("{outcome:?}"),
    }
}
