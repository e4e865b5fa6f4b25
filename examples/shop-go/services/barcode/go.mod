module example.test/shop/barcode

go 1.21
