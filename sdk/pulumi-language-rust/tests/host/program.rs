//! The program that is run in the tests: it does what its arguments say, one after the other.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

fn main() {
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut next = || arguments.next().expect("one more argument");
        match argument.as_str() {
            "say" => println!("{}", next()),
            "complain" => eprintln!("{}", next()),
            "environment" => environment(),
            // Says how far it is, as programs of the SDK do.
            "note" => std::fs::write(progress(), next()).expect("a note"),
            "lose" => std::fs::remove_file(progress()).expect("a note"),
            "exit" => std::process::exit(next().parse().expect("an exit code")),
            "panic" => panic!("deliberately"),
            "abort" => std::process::abort(),
            // Tells somebody that it runs, and waits until told to go on.
            "wait" => wait(&next()),
            // The same, in a process of its own.
            "start" => {
                let program = std::env::current_exe().expect("a program");
                let mut command = Command::new(program);
                command.args(["wait", &next()]).spawn().expect("a process");
            }
            unknown => panic!("`{unknown}` is nothing that this program does"),
        }
    }
}

fn progress() -> String {
    std::env::var("PULUMI_RUST_PROGRESS").expect("a place to say how far it is")
}

fn environment() {
    let folder = std::env::current_dir().expect("a folder");
    println!("folder={}", folder.display());
    let mut variables: Vec<_> = std::env::vars().collect();
    variables.sort();
    for (name, value) in variables {
        if name.starts_with("PULUMI_") {
            println!("{name}={value}");
        }
    }
    println!("that is all");
}

fn wait(address: &str) {
    let mut connection = TcpStream::connect(address).expect("somebody who waits");
    connection.write_all(b"!").expect("somebody who listens");
    let _ = connection.read(&mut [0]);
}
