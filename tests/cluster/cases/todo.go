package cases

func deliveries() Suite { return Suite{Name: "delivery"} }
