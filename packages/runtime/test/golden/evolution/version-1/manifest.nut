nuthatch-manifest 1 75a2110a 495
{
 "uuid": "eb26686d09cc00578ad44ec2292aa786",
 "incarnation": 1,
 "epoch": 1,
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
  "byteCount": 930,
  "frameCount": 2,
  "chain": "68747ebdcae76065c4ea81acb385e3dd"
 },
 "previousSnapshot": null,
 "salvaged": [],
 "lastModelId": 1,
 "migrations": [
  "0001-title"
 ],
 "clean": {
  "page": 1,
  "byteCount": 971,
  "lastSeq": 2,
  "chain": "7154257a56c7034d47e82b2f1787830d"
 }
}
