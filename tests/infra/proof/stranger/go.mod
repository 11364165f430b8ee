module fairlead.example/stranger

go 1.26.0

// Not older: before, its tile reader left full tiles unchecked in trees such as the test's, of 601 leaves.
require golang.org/x/mod v0.43.0
