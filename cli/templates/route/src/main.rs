//! The function behind the route `shout`.

use tidegate_lambda::StartError;

use tidegate_shout::Route;

fn main() -> Result<(), StartError> {
    tidegate_route::serve(Route)
}
