nuthatch-manifest 1 ea87701d 461
{
 "uuid": "05253f66dfaddd130b02cd0c2c1181c7",
 "incarnation": 1,
 "epoch": 2,
 "pages": [
  {
   "number": 1,
   "firstSeq": 1,
   "codecId": 0
  }
 ],
 "snapshot": {
  "number": 1,
  "seq": 1,
  "byteCount": 1182,
  "frameCount": 2,
  "chain": "31f1c0ef995239eb717910fa12a5ef39"
 },
 "previousSnapshot": null,
 "salvaged": [],
 "lastModelId": 1,
 "clean": {
  "page": 1,
  "byteCount": 1221,
  "lastSeq": 2,
  "chain": "9998f9205881fab71a2149799d451dce"
 }
}
